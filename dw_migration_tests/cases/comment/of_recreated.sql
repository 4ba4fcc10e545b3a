-- A comment comes back with what had to be made again.

-- before
CREATE TABLE t (id int, n text);
CREATE INDEX t_n ON t (n);
COMMENT ON INDEX t_n IS 'an index';
COMMENT ON COLUMN t.n IS 'a column';

-- rows
INSERT INTO t VALUES (1, '2');

-- after
ALTER TABLE t ALTER n TYPE int USING n::int;

-- plan
DROP INDEX dw__app__public.t_n;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN n TYPE integer USING n::integer;
CREATE INDEX t_n ON dw__app__public.t USING btree (n);
COMMENT ON INDEX dw__app__public.t_n IS 'an index';
