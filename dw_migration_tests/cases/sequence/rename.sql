-- A renamed sequence stays in the default that reads it.

-- before
CREATE SEQUENCE s;
CREATE TABLE t (id int DEFAULT nextval('s'));

-- rows
INSERT INTO t VALUES (5);

-- after
ALTER SEQUENCE s RENAME TO "T_Seq";

-- plan
-- finding: renames transformable
ALTER SEQUENCE dw__app__public.s RENAME TO t_seq;
