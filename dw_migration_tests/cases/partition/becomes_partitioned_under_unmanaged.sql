-- A view that is not ours, over a column that gets another type while its table becomes partitioned, is in the way.

-- before
CREATE TYPE state AS ENUM ('new', 'done', 'never');
CREATE TABLE p (id int PRIMARY KEY, state state NOT NULL, number int, up int REFERENCES p);
CREATE VIEW v AS SELECT id FROM p;
CREATE MATERIALIZED VIEW m AS SELECT state, count(*) AS n FROM p GROUP BY state;
CREATE FUNCTION one(p) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE p ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON p USING (id > 1);
CREATE RULE none AS ON INSERT TO p WHERE NEW.id = 2 DO INSTEAD NOTHING;

-- rows
INSERT INTO p VALUES (1, 'new', 1, NULL), (3, 'done', 2, 1);

-- target
CREATE INDEX own ON dw__app__public.p (number);
CREATE VIEW dw__app__public.theirs AS SELECT id, number FROM dw__app__public.p;

-- after
CREATE TABLE kept AS SELECT * FROM p;
DROP TABLE p CASCADE;
CREATE TABLE p (id int PRIMARY KEY, state state NOT NULL, number text, up int) PARTITION BY LIST (id);
CREATE TABLE "P-1" PARTITION OF p FOR VALUES IN (1, 2);
CREATE TABLE rest PARTITION OF p DEFAULT;
INSERT INTO p SELECT * FROM kept;
DROP TABLE kept;
ALTER TABLE p ADD FOREIGN KEY (up) REFERENCES p;
CREATE VIEW v AS SELECT id FROM p;
CREATE MATERIALIZED VIEW m AS SELECT state, count(*) AS n FROM p GROUP BY state;
CREATE FUNCTION one(p) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE p ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON p USING (id > 1);
CREATE RULE none AS ON INSERT TO p WHERE NEW.id = 2 DO INSTEAD NOTHING;

-- error
NotOurs: view dw__app__public.theirs is not ours and stands on column dw__app__public.p.number, which has to change: drop it, or change what it stands on by hand
