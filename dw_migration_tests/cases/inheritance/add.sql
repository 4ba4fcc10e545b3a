-- A table begins to inherit.

-- before
CREATE TABLE a (id int NOT NULL, name text DEFAULT 'x', CONSTRAINT c CHECK (id > 0));
CREATE TABLE b (name text, id int NOT NULL, own int, CONSTRAINT c CHECK (id > 0));

-- rows
INSERT INTO b VALUES ('b', 1, 2);

-- after
ALTER TABLE b INHERIT a;

-- plan
ALTER TABLE dw__app__public.b INHERIT dw__app__public.a;
