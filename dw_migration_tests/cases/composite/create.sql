-- A composite type with quoted names, a collation and types of its own schema, and columns of it.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE TYPE "Full Address" AS ("Street Name" text COLLATE "C", zip varchar(10), moods mood[], n small, "Select" numeric(10,2));
ALTER TABLE t ADD home "Full Address", ADD others "Full Address"[];

-- plan
CREATE TYPE dw__app__public.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN dw__app__public.small AS integer
    CONSTRAINT small_check CHECK ((VALUE < 10));
CREATE TYPE dw__app__public."full address" AS ("street name" text COLLATE pg_catalog."C", zip character varying(10), moods dw__app__public.mood[], n dw__app__public.small, "select" numeric(10,2));
ALTER TABLE dw__app__public.t ADD COLUMN home dw__app__public."full address";
ALTER TABLE dw__app__public.t ADD COLUMN others dw__app__public."full address"[];
