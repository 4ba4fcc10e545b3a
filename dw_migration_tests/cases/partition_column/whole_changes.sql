-- The column of the whole changes, and that of the partition stays as it is.

-- before
CREATE TABLE p (id int, note text, big text) PARTITION BY HASH (id);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE p0 ALTER note SET NOT NULL;
ALTER TABLE p0 ALTER big SET STORAGE EXTERNAL;

-- rows
INSERT INTO p VALUES (1, 'a', 'b'), (2, 'a', 'b'), (3, 'a', 'b'), (4, 'a', 'b');

-- after
ALTER TABLE p ALTER note TYPE varchar(30);
ALTER TABLE p ALTER big SET STORAGE MAIN;
ALTER TABLE p0 ALTER big SET STORAGE EXTERNAL;
ALTER TABLE p1 ALTER big SET STORAGE MAIN;

-- plan
ALTER TABLE dw__app__public.p ALTER COLUMN big SET STORAGE MAIN;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.p ALTER COLUMN note TYPE character varying(30);
ALTER TABLE dw__app__public.p0 ALTER COLUMN big SET STORAGE EXTERNAL;
ALTER TABLE dw__app__public.p0 ALTER COLUMN note SET NOT NULL;
