-- A renamed table changes in every part at once.
-- loses: a.gone

-- before
CREATE TABLE a (id serial PRIMARY KEY, n int DEFAULT 1, t varchar(5) UNIQUE, gone int);
CREATE INDEX a_n ON a (n);
CREATE TABLE b (id int PRIMARY KEY, a int CONSTRAINT b_fk REFERENCES a);

-- rows
INSERT INTO a VALUES (1, 2, 'x', 3);
INSERT INTO b VALUES (1, 1);

-- after
ALTER TABLE a RENAME TO z;
ALTER TABLE z RENAME n TO number;
ALTER TABLE z ALTER number TYPE bigint, ALTER number SET DEFAULT 2, ALTER number SET NOT NULL;
ALTER TABLE z DROP gone, ADD fresh text;
ALTER INDEX a_n RENAME TO z_number;
ALTER SEQUENCE a_id_seq RENAME TO z_id_seq;
ALTER TABLE z RENAME CONSTRAINT a_pkey TO z_pkey;

-- plan
-- finding: renames transformable
ALTER SEQUENCE dw__app__public.a_id_seq RENAME TO z_id_seq;
-- finding: renames transformable
ALTER TABLE dw__app__public.a RENAME TO z;
-- finding: renames transformable
ALTER TABLE dw__app__public.z RENAME COLUMN n TO number;
ALTER TABLE dw__app__public.z RENAME CONSTRAINT a_pkey TO z_pkey;
-- finding: drops_index transformable
DROP INDEX dw__app__public.a_n;
ALTER TABLE dw__app__public.z ALTER COLUMN number DROP DEFAULT;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.z DROP COLUMN gone;
ALTER TABLE dw__app__public.z ADD COLUMN fresh text;
-- finding: changes_type transformable
-- finding: requires_value breaking
ALTER TABLE dw__app__public.z ALTER COLUMN number TYPE bigint;
ALTER TABLE dw__app__public.z ALTER COLUMN number SET NOT NULL;
ALTER TABLE dw__app__public.z ALTER COLUMN number SET DEFAULT 2;
CREATE INDEX z_number ON dw__app__public.z USING btree (number);
