-- counts: 1 values do not fit integer, or come out as others
-- refused: 22003
-- harmless: transformable

-- before
CREATE TABLE t (a bigint);

-- after
ALTER TABLE t ALTER a TYPE integer USING a::integer;

-- rows that break it
INSERT INTO t VALUES (3000000000), (1);

-- rows that do not
INSERT INTO t VALUES (1);
