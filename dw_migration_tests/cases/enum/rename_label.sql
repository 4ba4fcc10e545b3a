-- A renamed label is the same label: rows that hold it hold the new one, defaults, checks, indexes and views too.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'so "so"', 'null', 'a,b');
CREATE TABLE t (id int PRIMARY KEY, mood mood DEFAULT 'ok' CHECK (mood <> 'sad'), many mood[] DEFAULT '{ok,NULL,"null","so \"so\"","a,b"}',
    is_ok bool GENERATED ALWAYS AS (mood = 'ok') STORED, note text DEFAULT 'ok');
CREATE INDEX of_ok ON t (id) WHERE mood = 'ok' AND note = 'ok';
CREATE VIEW v AS SELECT id, 'ok'::text AS text FROM t WHERE mood = ANY ('{ok,sad}') OR mood = ANY (ARRAY['ok'::mood, 'sad']);

-- rows
INSERT INTO t VALUES (1, 'ok', '{ok,NULL,"so \"so\""}');

-- after
ALTER TYPE mood RENAME VALUE 'ok' TO 'it''s \ "fine"';
ALTER TYPE mood RENAME VALUE 'so "so"' TO 'ok';
ALTER TYPE mood RENAME VALUE 'null' TO 'none';

-- plan
-- finding: renames_label transformable
ALTER TYPE dw__app__public.mood RENAME VALUE 'ok' TO 'it''s \ "fine"';
ALTER TYPE dw__app__public.mood RENAME VALUE 'null' TO 'none';
ALTER TYPE dw__app__public.mood RENAME VALUE 'so "so"' TO 'ok';
