-- An extension comes with the first object that stands on it.

-- before
CREATE EXTENSION citext;
CREATE TABLE t (id int PRIMARY KEY);

-- after
ALTER TABLE t ADD email citext UNIQUE;

-- plan
CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
ALTER TABLE dw__app__public.t ADD COLUMN email public.citext;
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_email_key UNIQUE (email);
