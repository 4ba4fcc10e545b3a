-- A column that was dropped and added again is another one, although nothing shows.
-- loses: t.a

-- before
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 1);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP a;
ALTER TABLE t ADD a int DEFAULT 1;
CREATE INDEX t_a ON t (a);

-- plan
DROP INDEX dw__app__public.t_a;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.t DROP COLUMN a;
ALTER TABLE dw__app__public.t ADD COLUMN a integer DEFAULT 1;
CREATE INDEX t_a ON dw__app__public.t USING btree (a);
