-- Generated columns, identity and a serial of the whole reach the partitions.

-- before
CREATE TABLE a (id int);

-- after
CREATE TABLE g (id bigint GENERATED ALWAYS AS IDENTITY, s serial, n int, twice int GENERATED ALWAYS AS (n * 2) STORED, "At" timestamptz DEFAULT now() NOT NULL, PRIMARY KEY (id, "At")) PARTITION BY RANGE ("At");
CREATE TABLE g1 PARTITION OF g DEFAULT;
CREATE TABLE "G2" PARTITION OF g FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
COMMENT ON INDEX g1_pkey IS 'key';
COMMENT ON CONSTRAINT g_pkey ON g IS 'whole key';
COMMENT ON TABLE g IS 'whole';

-- plan
CREATE SEQUENCE dw__app__public.g_s_seq AS integer;
CREATE TABLE dw__app__public.g (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    s integer DEFAULT nextval('dw__app__public.g_s_seq'::regclass) NOT NULL,
    n integer,
    twice integer GENERATED ALWAYS AS ((n * 2)) STORED,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT g_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE dw__app__public.g1 (
    LIKE dw__app__public.g INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT g1_pkey PRIMARY KEY (id, at)
);
CREATE TABLE dw__app__public.g2 (
    LIKE dw__app__public.g INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT g2_pkey PRIMARY KEY (id, at)
);
ALTER TABLE ONLY dw__app__public.g ATTACH PARTITION dw__app__public.g1 DEFAULT;
ALTER TABLE ONLY dw__app__public.g ATTACH PARTITION dw__app__public.g2 FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');
ALTER SEQUENCE dw__app__public.g_s_seq OWNED BY dw__app__public.g.s;
COMMENT ON TABLE dw__app__public.g IS 'whole';
COMMENT ON CONSTRAINT g_pkey ON dw__app__public.g IS 'whole key';
COMMENT ON INDEX dw__app__public.g1_pkey IS 'key';
