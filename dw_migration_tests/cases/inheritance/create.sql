-- A table that inherits, one that merges its own columns with those inherited, and one of two.

-- before
CREATE TABLE x (id int);

-- after
CREATE TABLE a ("Id" int NOT NULL, name text DEFAULT 'x', CONSTRAINT named CHECK (name <> ''), CONSTRAINT of_a CHECK ("Id" > 0) NO INHERIT);
CREATE TABLE b (own date, CHECK (own > '2000-01-01')) INHERITS (a);
CREATE INDEX ON b ("Id");
CREATE TABLE "C" (name text NOT NULL, extra int) INHERITS (a);
CREATE TABLE d ("Id" int) INHERITS (b, "C");
ALTER TABLE b ALTER name SET DEFAULT 'y';
ALTER TABLE "C" ALTER name DROP DEFAULT;

-- plan
CREATE TABLE dw__app__public.a (
    id integer NOT NULL,
    name text DEFAULT 'x'::text,
    CONSTRAINT named CHECK ((name <> ''::text)),
    CONSTRAINT of_a CHECK ((id > 0)) NO INHERIT
);
CREATE TABLE dw__app__public.b (
    own date,
    CONSTRAINT b_own_check CHECK ((own > '2000-01-01'::date))
) INHERITS (dw__app__public.a);
CREATE TABLE dw__app__public.c (
    name text,
    extra integer
) INHERITS (dw__app__public.a);
CREATE TABLE dw__app__public.d (
    id integer
) INHERITS (dw__app__public.b, dw__app__public.c);
ALTER TABLE dw__app__public.b ALTER COLUMN name SET DEFAULT 'y'::text;
ALTER TABLE dw__app__public.c ALTER COLUMN name DROP DEFAULT;
ALTER TABLE dw__app__public.d ALTER COLUMN name DROP DEFAULT;
ALTER TABLE dw__app__public.c ALTER COLUMN name SET NOT NULL;
CREATE INDEX b_id_idx ON dw__app__public.b USING btree (id);
