-- counts: 1 values do not fit integer, or come out as others
-- refused: 23505
-- harmless: transformable

-- before
CREATE TABLE t (a text UNIQUE);

-- after
ALTER TABLE t ALTER a TYPE integer USING a::integer;

-- rows that break it
INSERT INTO t VALUES ('1'), ('01');

-- rows that do not
INSERT INTO t VALUES ('1'), ('2');
