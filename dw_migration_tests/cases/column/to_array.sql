-- A column becomes an array, which no cast says how: rows that hold a value refuse it.

-- before
CREATE TABLE t (c int);

-- after
ALTER TABLE t ALTER c TYPE int[] USING ARRAY[c];

-- plan
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN c TYPE integer[] USING c::text::integer[];
