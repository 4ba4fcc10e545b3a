-- A domain with all that it can have.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE DOMAIN code AS varchar(10) COLLATE "C" DEFAULT 'x' NOT NULL CHECK (VALUE <> '') CONSTRAINT short CHECK (length(VALUE) < 9);
ALTER TABLE t ADD code code;

-- plan
CREATE DOMAIN dw__app__public.code AS character varying(10) COLLATE pg_catalog."C" DEFAULT 'x'::character varying NOT NULL
    CONSTRAINT code_check CHECK (((VALUE)::text <> ''::text))
    CONSTRAINT short CHECK ((length((VALUE)::text) < 9));
ALTER TABLE dw__app__public.t ADD COLUMN code dw__app__public.code;
