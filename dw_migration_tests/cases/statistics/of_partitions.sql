-- Statistics of partitioned tables, of partitions, and of materialized views.

-- before
CREATE TABLE p (id int, at date, note text) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE MATERIALIZED VIEW m AS SELECT id, note FROM p;
CREATE STATISTICS goes ON id, at FROM p1;
CREATE STATISTICS stays ON id, note FROM p1;

-- rows
INSERT INTO p VALUES (1, '2024-05-05', 'a');

-- after
ALTER TABLE p RENAME COLUMN note TO remark;
DROP STATISTICS goes;
CREATE STATISTICS whole (mcv) ON id, at FROM p;
CREATE STATISTICS part ON at, remark FROM p1;
CREATE STATISTICS "View" ON id, (upper(note)) FROM m;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.p RENAME COLUMN note TO remark;
DROP STATISTICS dw__app__public.goes;
CREATE STATISTICS dw__app__public.part ON at, remark FROM dw__app__public.p1;
CREATE STATISTICS dw__app__public.view ON id, upper(note) FROM dw__app__public.m;
CREATE STATISTICS dw__app__public.whole (mcv) ON id, at FROM dw__app__public.p;
