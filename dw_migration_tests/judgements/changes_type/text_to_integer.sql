-- counts: 1 values do not fit integer, or come out as others
-- refused: 22P02
-- harmless: transformable

-- before
CREATE TABLE t (a text);

-- after
ALTER TABLE t ALTER a TYPE integer USING a::integer;

-- rows that break it
INSERT INTO t VALUES ('x'), ('5');

-- rows that do not
INSERT INTO t VALUES ('5');
