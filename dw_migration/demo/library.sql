-- A town library: one schema, a hyphen in the database's name, keywords and upper case among the names.
CREATE TYPE public."Medium" AS ENUM ('book', 'audio book', 'board game');
CREATE DOMAIN public.isbn AS varchar(13) CHECK (VALUE ~ '^[0-9]{9}[0-9X]$' OR VALUE ~ '^97[89][0-9]{10}$');

CREATE SEQUENCE public.shelf_marks AS smallint INCREMENT 10 CYCLE;

CREATE TABLE public.titles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    isbn public.isbn UNIQUE,
    title text NOT NULL,
    medium public."Medium" NOT NULL DEFAULT 'book',
    published integer,
    language varchar(8) DEFAULT 'en',
    searchable text GENERATED ALWAYS AS (lower(title)) STORED
);
CREATE INDEX titles_words ON public.titles USING gin (to_tsvector('simple', title));
CREATE INDEX titles_recent ON public.titles (published DESC NULLS LAST) WHERE published > 2000;

CREATE TABLE public.copies (
    title_id uuid NOT NULL REFERENCES public.titles ON DELETE CASCADE,
    "copy" smallint NOT NULL,
    shelf smallint NOT NULL DEFAULT nextval('public.shelf_marks'),
    bought date NOT NULL DEFAULT current_date,
    price numeric(8, 2) CHECK (price >= 0),
    PRIMARY KEY (title_id, "copy")
);

CREATE TABLE public.readers (
    reader_no serial PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    born date,
    "user" name,
    joined timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX readers_user ON public.readers ("user") WHERE "user" IS NOT NULL;

CREATE TABLE public.loans (
    title_id uuid NOT NULL,
    "copy" smallint NOT NULL,
    reader_no integer NOT NULL REFERENCES public.readers,
    lent daterange NOT NULL,
    CONSTRAINT loans_copy FOREIGN KEY (title_id, "copy") REFERENCES public.copies,
    CONSTRAINT loans_key PRIMARY KEY (title_id, "copy", lent)
);
CREATE INDEX loans_reader ON public.loans (reader_no, lower(lent));
COMMENT ON TABLE public.loans IS 'A copy is lent to one reader at a time';

INSERT INTO public.titles (title, published) SELECT 'The Book of ' || n, 1950 + n % 75 FROM generate_series(1, 150) n;
INSERT INTO public.copies (title_id, "copy", price) SELECT id, c, 12.50 FROM public.titles, generate_series(1, 2) c;
INSERT INTO public.readers (name, born) SELECT 'Reader ' || n, date '1960-01-01' + n * 90 FROM generate_series(1, 80) n;
INSERT INTO public.loans
SELECT title_id, "copy", 1 + row_number() OVER () % 80, daterange('2026-03-01', '2026-03-22') FROM public.copies;
