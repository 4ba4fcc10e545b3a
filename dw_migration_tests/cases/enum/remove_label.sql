-- A label can only go with the whole type: columns, arrays, defaults, indexes and checks stand on it.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok', moods mood[] DEFAULT '{sad}',
    CHECK (mood <> 'sad'), CHECK (moods <> '{happy}'::mood[]));
CREATE INDEX t_mood ON t (mood) WHERE mood = 'happy';
CREATE UNIQUE INDEX t_moods ON t (moods);

-- rows
INSERT INTO t VALUES (1, 'happy', '{ok,happy}'), (2, NULL, NULL);

-- after
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('ok', 'happy');
ALTER TABLE t ALTER mood DROP DEFAULT, ALTER moods DROP DEFAULT, DROP CONSTRAINT t_mood_check, DROP CONSTRAINT t_moods_check;
DROP INDEX t_mood;
ALTER TABLE t ALTER mood TYPE mood USING mood::text::mood, ALTER moods TYPE mood[] USING moods::text[]::mood[];
DROP TYPE mood_old;
ALTER TABLE t ALTER mood SET DEFAULT 'ok';
ALTER TABLE t ADD CHECK (mood <> 'ok' OR id > 0);
CREATE INDEX t_mood ON t (mood) WHERE mood = 'happy';
