-- NOT NULL comes and goes.

-- before
CREATE DOMAIN one AS int;
CREATE DOMAIN two AS int NOT NULL;
CREATE TABLE t (a one, b two);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER DOMAIN one SET NOT NULL;
ALTER DOMAIN two DROP NOT NULL;

-- plan
-- finding: requires_value breaking
ALTER DOMAIN dw__app__public.one SET NOT NULL;
-- finding: allows_null transformable
ALTER DOMAIN dw__app__public.two DROP NOT NULL;
