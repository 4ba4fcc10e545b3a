-- A table of a type, with what it has of its own; and a partitioned one.

-- before
CREATE TYPE "Pair" AS ("A" int, b text);

-- after
CREATE TABLE "T" OF "Pair" ("A" PRIMARY KEY, b WITH OPTIONS DEFAULT 'x' NOT NULL, CHECK (b <> ''));
CREATE TABLE p OF "Pair" PARTITION BY LIST ("A");
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);

-- plan
CREATE TABLE dw__app__public.p (
    a integer,
    b text
) PARTITION BY LIST (a);
CREATE TABLE dw__app__public.p1 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
CREATE TABLE dw__app__public.t (
    a integer NOT NULL,
    b text DEFAULT 'x'::text NOT NULL,
    CONSTRAINT t_pkey PRIMARY KEY (a),
    CONSTRAINT t_b_check CHECK ((b <> ''::text))
);
ALTER TABLE dw__app__public.p OF dw__app__public.pair;
ALTER TABLE dw__app__public.t OF dw__app__public.pair;
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES IN (1);
