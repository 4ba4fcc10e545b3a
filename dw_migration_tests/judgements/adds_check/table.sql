-- counts: 2 rows do not fulfil it
-- refused: 23514
-- harmless: safe

-- before
CREATE TABLE t (a int, b text);

-- after
ALTER TABLE t ADD CHECK (a > 0 AND length(b) < 3);

-- rows that break it
INSERT INTO t VALUES (-1, ''), (1, 'abc'), (1, '');

-- rows that do not
INSERT INTO t VALUES (NULL, 'ab');
