-- Statistics targets of an index's expressions.

-- before
CREATE TABLE t (id int PRIMARY KEY, a text, b text);
CREATE INDEX t_i ON t (a, lower(a), lower(b));
ALTER INDEX t_i ALTER COLUMN 2 SET STATISTICS 300;

-- after
ALTER INDEX t_i ALTER COLUMN 2 SET STATISTICS -1;
ALTER INDEX t_i ALTER COLUMN 3 SET STATISTICS 30;
CREATE INDEX "T_j" ON t (upper(a));
ALTER INDEX "T_j" ALTER COLUMN 1 SET STATISTICS 7;

-- plan
ALTER INDEX dw__app__public.t_i ALTER COLUMN 2 SET STATISTICS -1;
ALTER INDEX dw__app__public.t_i ALTER COLUMN 3 SET STATISTICS 30;
CREATE INDEX t_j ON dw__app__public.t USING btree (upper(a));
ALTER INDEX dw__app__public.t_j ALTER COLUMN 1 SET STATISTICS 7;
