-- Comments on everything.

-- before
CREATE TYPE mood AS ENUM ('ok');
CREATE DOMAIN d AS int CONSTRAINT ck CHECK (VALUE > 0);
CREATE SEQUENCE s;
CREATE TABLE t (id int PRIMARY KEY, n int CONSTRAINT positive CHECK (n > 0));
CREATE INDEX t_n ON t (n);
CREATE SCHEMA more;

-- after
COMMENT ON SCHEMA more IS 'a schema';
COMMENT ON TYPE mood IS 'a mood';
COMMENT ON DOMAIN d IS 'a domain';
COMMENT ON CONSTRAINT ck ON DOMAIN d IS 'a check of a domain';
COMMENT ON SEQUENCE s IS 'a sequence';
COMMENT ON TABLE t IS 'a table';
COMMENT ON COLUMN t.n IS 'a column';
COMMENT ON CONSTRAINT positive ON t IS 'a check';
COMMENT ON CONSTRAINT t_pkey ON t IS 'a key';
COMMENT ON INDEX t_pkey IS 'an index of a key';
COMMENT ON INDEX t_n IS 'an index';

-- plan
COMMENT ON SCHEMA dw__app__more IS 'a schema';
COMMENT ON DOMAIN dw__app__public.d IS 'a domain';
COMMENT ON TYPE dw__app__public.mood IS 'a mood';
COMMENT ON SEQUENCE dw__app__public.s IS 'a sequence';
COMMENT ON TABLE dw__app__public.t IS 'a table';
COMMENT ON CONSTRAINT ck ON DOMAIN dw__app__public.d IS 'a check of a domain';
COMMENT ON COLUMN dw__app__public.t.n IS 'a column';
COMMENT ON CONSTRAINT positive ON dw__app__public.t IS 'a check';
COMMENT ON INDEX dw__app__public.t_n IS 'an index';
COMMENT ON CONSTRAINT t_pkey ON dw__app__public.t IS 'a key';
COMMENT ON INDEX dw__app__public.t_pkey IS 'an index of a key';
