-- counts: 1 values do not fulfil it
-- refused: 23514
-- harmless: safe

-- before
CREATE DOMAIN d AS int; CREATE TABLE t (a d); ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;

-- after
ALTER DOMAIN d VALIDATE CONSTRAINT c;

-- rows that break it
ALTER DOMAIN d DROP CONSTRAINT c; INSERT INTO t VALUES (0); ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;

-- rows that do not
INSERT INTO t VALUES (2);
