-- counts: 1 values do not fit numeric(5,2), or come out as others
-- refused: 22003
-- harmless: transformable

-- before
CREATE TABLE t (a numeric);

-- after
ALTER TABLE t ALTER a TYPE numeric(5,2) USING a::numeric(5,2);

-- rows that break it
INSERT INTO t VALUES (12345.6);

-- rows that do not
INSERT INTO t VALUES (1.50);
