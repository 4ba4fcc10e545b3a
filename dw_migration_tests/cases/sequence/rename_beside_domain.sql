-- A sequence gets another name, a domain of the same name keeps its own, and each is meant where it is used.

-- before
CREATE SEQUENCE k;
CREATE DOMAIN k AS integer CONSTRAINT b CHECK (VALUE > 8);
CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('k'), a k DEFAULT 9);
CREATE VIEW v AS SELECT id, a, 10::k AS c FROM t;
COMMENT ON SEQUENCE k IS 'a sequence';
COMMENT ON DOMAIN k IS 'a domain';
COMMENT ON CONSTRAINT b ON DOMAIN k IS 'of a domain';

-- rows
INSERT INTO t VALUES (1, 9), (2, 10);

-- after
ALTER SEQUENCE k RENAME TO "Kind";

-- plan
-- finding: renames transformable
ALTER SEQUENCE dw__app__public.k RENAME TO kind;
