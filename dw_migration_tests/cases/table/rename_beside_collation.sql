-- A table gets another name and its row type with it; a collation, a routine and what searches text keep theirs.

-- before
CREATE COLLATION x (PROVIDER = libc, LOCALE = 'C');
CREATE TEXT SEARCH CONFIGURATION x (COPY = pg_catalog.english);
CREATE FUNCTION x(a text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN a > 'b';
CREATE TABLE x (id int PRIMARY KEY, a text COLLATE x CHECK (x(a)));
CREATE STATISTICS x ON id, a FROM x;
CREATE FUNCTION whole(r x) RETURNS x LANGUAGE sql RETURN r;
CREATE TABLE t (id int PRIMARY KEY, of x, c text COLLATE x, s tsvector GENERATED ALWAYS AS (to_tsvector('x', c)) STORED);
CREATE INDEX i ON t (c COLLATE x);
CREATE VIEW v AS SELECT x.a COLLATE x AS a, x(x.a) AS b, NULL::x AS r, 'x'::regclass::text AS c FROM x WHERE x.a > 'y' COLLATE x;
CREATE RULE filled AS ON DELETE TO t DO ALSO INSERT INTO x (id, a) VALUES (old.id, old.c COLLATE x);
COMMENT ON COLLATION x IS 'a collation';
COMMENT ON TABLE x IS 'a table';

-- rows
INSERT INTO x VALUES (1, 'y');
INSERT INTO t VALUES (1, ROW(2, 'z'), 'running');

-- after
ALTER TABLE x RENAME TO "Orders";

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.x RENAME TO orders;
