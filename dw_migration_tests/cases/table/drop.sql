-- A table goes, and its rows with it.
-- loses: b

-- before
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
CREATE INDEX ON b (a);
COMMENT ON COLUMN b.a IS 'why';

-- rows
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (1, 1);

-- after
DROP TABLE b;

-- plan
-- finding: drops_table breaking
DROP TABLE dw__app__public.b;
