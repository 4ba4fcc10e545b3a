-- A partition has NOT NULL, storage and compression of its own.

-- before
CREATE TABLE p (id int, note text, big text) PARTITION BY HASH (id);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);

-- rows
INSERT INTO p VALUES (1, 'a', 'b'), (2, 'a', 'b'), (3, 'a', 'b'), (4, 'a', 'b');

-- after
ALTER TABLE p0 ALTER note SET NOT NULL;
ALTER TABLE p0 ALTER big SET STORAGE EXTERNAL;
ALTER TABLE p0 ALTER big SET COMPRESSION pglz;
CREATE TABLE q (id int) PARTITION BY LIST (id);
CREATE TABLE q0 PARTITION OF q (id NOT NULL) DEFAULT;

-- plan
CREATE TABLE dw__app__public.q (
    id integer
) PARTITION BY LIST (id);
CREATE TABLE dw__app__public.q0 (
    LIKE dw__app__public.q INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
ALTER TABLE dw__app__public.p0 ALTER COLUMN big SET STORAGE EXTERNAL;
ALTER TABLE dw__app__public.p0 ALTER COLUMN big SET COMPRESSION pglz;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.p0 ALTER COLUMN note SET NOT NULL;
ALTER TABLE dw__app__public.q0 ALTER COLUMN id SET NOT NULL;
ALTER TABLE ONLY dw__app__public.q ATTACH PARTITION dw__app__public.q0 DEFAULT;
