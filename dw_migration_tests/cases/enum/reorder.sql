-- Another order of the labels: the tables are rewritten, the values stay.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok', moods mood[] DEFAULT '{sad}', CHECK (mood <> 'sad'));
CREATE INDEX t_mood ON t (mood) WHERE mood = 'happy';

-- rows
INSERT INTO t VALUES (1, 'happy', '{ok,happy}'), (2, NULL, NULL);

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';
