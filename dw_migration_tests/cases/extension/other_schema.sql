-- Types of an extension are found where the target has it.

-- before
CREATE SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE TABLE t (id int PRIMARY KEY, email ext.citext CHECK (email OPERATOR(ext.<>) ''::ext.citext));

-- after
ALTER TABLE t ADD other ext.citext[] DEFAULT '{}'::ext.citext[];

-- plan
ALTER TABLE dw__app__public.t ADD COLUMN other public.citext[] DEFAULT '{}'::public.citext[];
