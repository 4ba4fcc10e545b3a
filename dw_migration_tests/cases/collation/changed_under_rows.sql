-- needs: 17
-- One of the same name takes its place under columns, indexes, views and domains, with all rows.

-- before
CREATE COLLATION own (PROVIDER = libc, LOCALE = 'C');
CREATE DOMAIN word AS text COLLATE own CHECK (VALUE <> '');
CREATE TABLE t (a varchar(9) COLLATE own NOT NULL, w word, b text, PRIMARY KEY (a));
CREATE INDEX i ON t (a, b COLLATE own);
CREATE VIEW v AS SELECT a, b COLLATE own AS b FROM t;

-- rows
INSERT INTO t VALUES ('x', 'y', 'z');

-- after
DROP VIEW v;
DROP INDEX i;
ALTER TABLE t ALTER a TYPE varchar(9), ALTER w TYPE text;
DROP DOMAIN word;
DROP COLLATION own;
CREATE COLLATION own (PROVIDER = builtin, LOCALE = 'C.UTF-8');
CREATE DOMAIN word AS text COLLATE own CHECK (VALUE <> '');
ALTER TABLE t ALTER a TYPE varchar(9) COLLATE own, ALTER w TYPE word;
CREATE INDEX i ON t (a, b COLLATE own);
CREATE VIEW v AS SELECT a, b COLLATE own AS b FROM t;

-- plan
DROP INDEX dw__app__public.i;
DROP VIEW dw__app__public.v;
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_pkey;
-- finding: changes_collation transformable
ALTER COLLATION dw__app__public.own RENAME TO own__before;
CREATE COLLATION dw__app__public.own (PROVIDER = builtin, LOCALE = 'C.UTF-8');
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE character varying(9) COLLATE dw__app__public.own;
ALTER DOMAIN dw__app__public.word RENAME TO word__before;
CREATE DOMAIN dw__app__public.word AS text COLLATE dw__app__public.own
    CONSTRAINT word_check CHECK ((VALUE <> ''::text));
ALTER TABLE dw__app__public.t ALTER COLUMN w TYPE dw__app__public.word USING w::text::dw__app__public.word;
DROP DOMAIN dw__app__public.word__before;
DROP COLLATION dw__app__public.own__before;
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_pkey PRIMARY KEY (a);
CREATE VIEW dw__app__public.v (a, b) AS
 SELECT a,
    (b COLLATE dw__app__public.own) AS b
   FROM dw__app__public.t;
CREATE INDEX i ON dw__app__public.t USING btree (a, b COLLATE dw__app__public.own);
