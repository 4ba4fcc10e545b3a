-- A table becomes unlogged, another logged.

-- before
CREATE TABLE a (id int PRIMARY KEY);
CREATE UNLOGGED TABLE b (id int PRIMARY KEY);

-- rows
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (2);

-- after
ALTER TABLE a SET UNLOGGED;
ALTER TABLE b SET LOGGED;
CREATE UNLOGGED TABLE c (id int);

-- plan
-- finding: becomes_unlogged breaking
ALTER TABLE dw__app__public.a SET UNLOGGED;
ALTER TABLE dw__app__public.b SET LOGGED;
CREATE UNLOGGED TABLE dw__app__public.c (
    id integer
);
