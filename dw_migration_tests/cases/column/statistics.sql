-- Statistics targets and options of columns are set, changed and taken back.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c text);
ALTER TABLE t ALTER a SET STATISTICS 500, ALTER b SET STATISTICS 5, ALTER c SET (n_distinct = -0.5, n_distinct_inherited = 7);

-- rows
INSERT INTO t VALUES (1, 2, 3, 'x');

-- after
ALTER TABLE t ALTER a SET STATISTICS -1, ALTER b SET STATISTICS 0, ALTER id SET STATISTICS 100, ALTER c SET (n_distinct = 9), ALTER c RESET (n_distinct_inherited);
ALTER TABLE t ADD d int;
ALTER TABLE t ALTER d SET STATISTICS 1, ALTER d SET (n_distinct = 3);

-- plan
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN a SET STATISTICS -1;
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN b SET STATISTICS 0;
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN c RESET (n_distinct_inherited);
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN c SET (n_distinct='9');
ALTER TABLE dw__app__public.t ADD COLUMN d integer;
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN d SET STATISTICS 1;
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN d SET (n_distinct='3');
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN id SET STATISTICS 100;
