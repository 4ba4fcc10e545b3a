-- counts: 1 values do not fulfil it
-- refused: 23514
-- harmless: safe

-- before
CREATE DOMAIN d AS int; CREATE TABLE t (a d);

-- after
ALTER DOMAIN d ADD CHECK (VALUE > 0);

-- rows that break it
INSERT INTO t VALUES (-1), (1);

-- rows that do not
INSERT INTO t VALUES (1);
