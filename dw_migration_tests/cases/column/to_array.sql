-- A column becomes an array, which no cast says how.

-- before
CREATE TABLE t (c int);

-- after
ALTER TABLE t ALTER c TYPE int[] USING ARRAY[c];
