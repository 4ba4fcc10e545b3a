-- What the partition has otherwise than the whole becomes another thing; at last it is of another whole.

-- before
CREATE SCHEMA other;
CREATE TABLE w (a int, b text, c text) PARTITION BY LIST (a);
CREATE TABLE p PARTITION OF w FOR VALUES IN (1);
ALTER TABLE p ALTER b SET STORAGE EXTERNAL, ALTER b SET COMPRESSION pglz, ALTER b SET STATISTICS 10, ALTER b SET (n_distinct = -0.5);
CREATE TABLE v (a int, b text, c text) PARTITION BY LIST (a);
CREATE TABLE q PARTITION OF v FOR VALUES IN (1);
ALTER TABLE q ALTER c SET STORAGE MAIN;
CREATE TABLE other.x (a int, b text, c text) PARTITION BY LIST (a);

-- rows
INSERT INTO w VALUES (1, 'x', 'y');
INSERT INTO v VALUES (1, 'x', 'y');

-- after
ALTER TABLE p ALTER b SET STORAGE MAIN, ALTER b SET COMPRESSION default, ALTER b SET STATISTICS 20, ALTER b SET (n_distinct = -0.25), ALTER b SET NOT NULL;
ALTER TABLE v DETACH PARTITION q;
ALTER TABLE other.x ATTACH PARTITION q FOR VALUES IN (1);

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.v DETACH PARTITION dw__app__public.q;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.p ALTER COLUMN b SET NOT NULL;
ALTER TABLE dw__app__public.p ALTER COLUMN b SET STORAGE MAIN;
ALTER TABLE dw__app__public.p ALTER COLUMN b SET COMPRESSION DEFAULT;
ALTER TABLE ONLY dw__app__public.p ALTER COLUMN b SET STATISTICS 20;
ALTER TABLE ONLY dw__app__public.p ALTER COLUMN b SET (n_distinct='-0.25');
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__other.x ATTACH PARTITION dw__app__public.q FOR VALUES IN (1);
