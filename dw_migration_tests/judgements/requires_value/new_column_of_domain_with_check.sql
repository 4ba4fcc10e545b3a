-- counts: 1 rows would hold a NULL that it refuses
-- refused: 23514
-- harmless: safe

-- before
CREATE DOMAIN told AS int CHECK (VALUE IS NOT NULL); CREATE TABLE t (a int);

-- after
ALTER TABLE t ADD b told;

-- rows that break it
INSERT INTO t VALUES (1);

-- rows that do not

