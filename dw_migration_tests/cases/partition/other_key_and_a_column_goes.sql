-- What its successor has not is lost, as of any table.
-- rows differ: the new table of the source is empty
-- loses: a.gone, a1.gone

-- before
CREATE TABLE a (id int, part int, gone text) PARTITION BY RANGE (id);
CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (0) TO (10);

-- rows
INSERT INTO a VALUES (1, 2, 'x');

-- after
DROP TABLE a;
CREATE TABLE a (id int, part int) PARTITION BY RANGE (part);
CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (0) TO (10);

-- plan
ALTER TABLE dw__app__public.a RENAME TO a__before;
ALTER TABLE dw__app__public.a1 RENAME TO a1__before;
-- finding: rebuilds_table transformable
-- finding: rebuilds_table breaking
-- finding: drops_column breaking
CREATE TABLE dw__app__public.a (
    id integer,
    part integer
) PARTITION BY RANGE (part);
CREATE TABLE dw__app__public.a1 (
    LIKE dw__app__public.a INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
ALTER TABLE ONLY dw__app__public.a ATTACH PARTITION dw__app__public.a1 FOR VALUES FROM (0) TO (10);
INSERT INTO dw__app__public.a (id, part) SELECT id, part FROM dw__app__public.a__before;
DROP TABLE dw__app__public.a__before;
