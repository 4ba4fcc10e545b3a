-- A table that moves to another schema is dropped here and made there: its rows have to be copied again.
-- rows differ: the target's are gone
-- loses: a

-- before
CREATE SCHEMA archive;
CREATE TABLE a (id serial PRIMARY KEY, x int);
CREATE INDEX a_x ON a (x);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);

-- rows
INSERT INTO a VALUES (1, 2);

-- after
ALTER TABLE a SET SCHEMA archive;

-- plan
ALTER SEQUENCE dw__app__public.a_id_seq OWNED BY NONE;
ALTER TABLE dw__app__public.b DROP CONSTRAINT b_a_fkey;
-- finding: drops_table breaking
DROP TABLE dw__app__public.a;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.a_id_seq;
CREATE SEQUENCE dw__app__archive.a_id_seq AS integer;
CREATE TABLE dw__app__archive.a (
    id integer DEFAULT nextval('dw__app__archive.a_id_seq'::regclass) NOT NULL,
    x integer,
    CONSTRAINT a_pkey PRIMARY KEY (id)
);
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.b ADD CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES dw__app__archive.a (id);
CREATE INDEX a_x ON dw__app__archive.a USING btree (x);
ALTER SEQUENCE dw__app__archive.a_id_seq OWNED BY dw__app__archive.a.id;
