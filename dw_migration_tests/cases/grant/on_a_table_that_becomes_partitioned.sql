-- A table that becomes partitioned is made anew, and what somebody may do with it and its columns stays.
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE TABLE t (id int NOT NULL, note text);
GRANT SELECT ON t TO case_reader;
GRANT UPDATE (note) ON t TO case_reader;

-- rows
INSERT INTO t VALUES (1, 'x'), (2, NULL);

-- after
ALTER TABLE t RENAME TO old;
CREATE TABLE t (id int NOT NULL, note text) PARTITION BY RANGE (id);
CREATE TABLE t_1 PARTITION OF t DEFAULT;
INSERT INTO t SELECT * FROM old;
DROP TABLE old;
GRANT SELECT ON t TO case_reader;
GRANT UPDATE (note) ON t TO case_reader;

-- plan
ALTER TABLE dw__app__public.t RENAME TO t__before;
-- finding: rebuilds_table transformable
CREATE TABLE dw__app__public.t (
    id integer CONSTRAINT t_id_not_null1 NOT NULL,
    note text
) PARTITION BY RANGE (id);
CREATE TABLE dw__app__public.t_1 (
    LIKE dw__app__public.t INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
ALTER TABLE ONLY dw__app__public.t ATTACH PARTITION dw__app__public.t_1 DEFAULT;
INSERT INTO dw__app__public.t (id, note) SELECT id, note FROM dw__app__public.t__before;
DROP TABLE dw__app__public.t__before;
