-- counts: 1 values do not fulfil it
-- refused: 23514
-- harmless: safe

-- before
CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0); CREATE TABLE t (a d);

-- after
ALTER DOMAIN d DROP CONSTRAINT c; ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 1);

-- rows that break it
INSERT INTO t VALUES (1), (2);

-- rows that do not
INSERT INTO t VALUES (2);
