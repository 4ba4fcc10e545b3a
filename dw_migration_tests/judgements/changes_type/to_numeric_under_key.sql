-- counts: 1 values do not fit numeric, or come out as others
-- refused: 23505
-- harmless: transformable

-- before
CREATE TABLE t (a text); CREATE UNIQUE INDEX i ON t (a);

-- after
ALTER TABLE t ALTER a TYPE numeric USING a::numeric;

-- rows that break it
INSERT INTO t VALUES ('1'), ('1.0');

-- rows that do not
INSERT INTO t VALUES ('1'), ('2');
