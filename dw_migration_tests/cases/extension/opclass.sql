-- An index whose operator class belongs to an extension.

-- before
CREATE EXTENSION pg_trgm;
CREATE TABLE t (id int PRIMARY KEY, name text);

-- after
CREATE INDEX t_name_trgm ON t USING gin (name gin_trgm_ops);

-- plan
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE INDEX t_name_trgm ON dw__app__public.t USING gin (name public.gin_trgm_ops);
