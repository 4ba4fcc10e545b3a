-- A renamed table keeps rows, serial, keys and what refers to it.

-- before
CREATE TABLE a (id serial PRIMARY KEY, name text UNIQUE CHECK (name <> ''), self int REFERENCES a);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
CREATE INDEX a_name ON a (lower(name)) WHERE id > 0;
COMMENT ON TABLE a IS 'a';
COMMENT ON COLUMN a.name IS 'n';

-- rows
INSERT INTO a VALUES (1, 'x', 1);
INSERT INTO b VALUES (1, 1);

-- after
ALTER TABLE a RENAME TO z;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.a RENAME TO z;
