-- Compression is not handed down: what is made of a partition, or of an heir, has it as it was made.

-- before
CREATE TABLE a (id int, item text) PARTITION BY RANGE (id);
CREATE TABLE c (id int, item text);

-- after
CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (20) TO (30) PARTITION BY HASH (item);
ALTER TABLE a1 ALTER item SET COMPRESSION pglz;
CREATE TABLE a2 PARTITION OF a1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE a3 PARTITION OF a1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE a1 ALTER item SET COMPRESSION default;
CREATE TABLE d () INHERITS (c);
ALTER TABLE d ALTER item SET COMPRESSION pglz;
CREATE TABLE e () INHERITS (d);
CREATE TABLE b () INHERITS (d);
ALTER TABLE b ALTER item SET COMPRESSION default;

-- plan
CREATE TABLE dw__app__public.a1 (
    LIKE dw__app__public.a INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
) PARTITION BY HASH (item);
CREATE TABLE dw__app__public.a2 (
    LIKE dw__app__public.a1 INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
CREATE TABLE dw__app__public.a3 (
    LIKE dw__app__public.a1 INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
CREATE TABLE dw__app__public.d () INHERITS (dw__app__public.c);
ALTER TABLE dw__app__public.a2 ALTER COLUMN item SET COMPRESSION pglz;
ALTER TABLE dw__app__public.a3 ALTER COLUMN item SET COMPRESSION pglz;
ALTER TABLE dw__app__public.d ALTER COLUMN item SET COMPRESSION pglz;
CREATE TABLE dw__app__public.b () INHERITS (dw__app__public.d);
CREATE TABLE dw__app__public.e () INHERITS (dw__app__public.d);
ALTER TABLE dw__app__public.b ALTER COLUMN item SET COMPRESSION DEFAULT;
ALTER TABLE ONLY dw__app__public.a ATTACH PARTITION dw__app__public.a1 FOR VALUES FROM (20) TO (30);
ALTER TABLE ONLY dw__app__public.a1 ATTACH PARTITION dw__app__public.a2 FOR VALUES WITH (modulus 2, remainder 0);
ALTER TABLE ONLY dw__app__public.a1 ATTACH PARTITION dw__app__public.a3 FOR VALUES WITH (modulus 2, remainder 1);
