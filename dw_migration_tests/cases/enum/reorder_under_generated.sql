-- A generated column of an enum is made again from what it stands on.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, m mood, is_ok boolean GENERATED ALWAYS AS (m = 'ok'::mood) STORED);
CREATE INDEX t_is_ok ON t (is_ok);

-- rows
INSERT INTO t VALUES (1, 'ok');

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';
