-- Columns go out of the way, and keep their values.
-- drops retired

-- before
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE t (
    id int PRIMARY KEY, a int NOT NULL CHECK (a > 0), b text NOT NULL DEFAULT 'x', c mood,
    d int NOT NULL GENERATED ALWAYS AS IDENTITY, e int, UNIQUE (a, e)
);
CREATE INDEX t_a ON t (a);
COMMENT ON COLUMN t.a IS 'a';
CREATE VIEW v AS SELECT a, e FROM t;

-- rows
INSERT INTO t VALUES (1, 2, 'y', 'sad', DEFAULT, 3);

-- after
DROP VIEW v;
ALTER TABLE t DROP a, DROP b, DROP c, DROP d;
DROP TYPE mood;
ALTER TABLE t ADD a text;

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.t_a;
-- finding: drops_view breaking
DROP VIEW dw__app__public.v;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_a_check;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_a_e_key;
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP NOT NULL;
ALTER TABLE dw__app__public.t RENAME COLUMN a TO dw_retired_a_0123456789ab;
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t RENAME COLUMN b TO dw_retired_b_0123456789ab;
-- finding: drops_column transformable
ALTER TABLE dw__app__public.t RENAME COLUMN c TO dw_retired_c_0123456789ab;
-- finding: drops_column transformable
ALTER SEQUENCE dw__app__public.t_d_seq RENAME TO dw__app__public__t_d_seq__0123456789ab;
ALTER TABLE dw__app__public.t RENAME COLUMN d TO dw_retired_d_0123456789ab;
-- finding: drops_type transformable
CREATE SCHEMA IF NOT EXISTS dw_retired;
ALTER TYPE dw__app__public.mood RENAME TO dw__app__public__mood__0123456789ab;
ALTER TYPE dw__app__public.dw__app__public__mood__0123456789ab SET SCHEMA dw_retired;
ALTER TABLE dw__app__public.t ADD COLUMN a text;
