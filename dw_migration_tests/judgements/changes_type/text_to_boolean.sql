-- counts: 1 values do not fit boolean, or come out as others
-- refused: 22P02
-- harmless: transformable

-- before
CREATE TABLE t (a text);

-- after
ALTER TABLE t ALTER a TYPE boolean USING a::boolean;

-- rows that break it
INSERT INTO t VALUES ('maybe');

-- rows that do not
INSERT INTO t VALUES ('true');
