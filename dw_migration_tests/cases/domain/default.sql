-- A default comes, changes and goes.

-- before
CREATE DOMAIN one AS int;
CREATE DOMAIN two AS int DEFAULT 1;
CREATE DOMAIN three AS int DEFAULT 1;
CREATE TABLE t (a one, b two, c three);

-- rows
INSERT INTO t VALUES (1, 2, 3);

-- after
ALTER DOMAIN one SET DEFAULT 5;
ALTER DOMAIN two SET DEFAULT 6;
ALTER DOMAIN three DROP DEFAULT;

-- plan
ALTER DOMAIN dw__app__public.one SET DEFAULT 5;
ALTER DOMAIN dw__app__public.three DROP DEFAULT;
ALTER DOMAIN dw__app__public.two SET DEFAULT 6;
