-- A label goes from an enum within a composite type, under rows, an array of them and a domain.

-- before
CREATE TYPE "Mood" AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE feeling AS (since date, mood "Mood", all_moods "Mood"[]);
CREATE DOMAIN known AS feeling;
CREATE TABLE t (id int PRIMARY KEY, f feeling, many feeling[], k known, mood "Mood" DEFAULT 'ok');

-- rows
INSERT INTO t VALUES (1, ROW('2020-01-02', 'ok', '{happy,ok}'), ARRAY[ROW(NULL, 'happy', NULL)::feeling], ROW(NULL, NULL, '{}'), 'happy');

-- after
CREATE TYPE mood2 AS ENUM ('ok', 'happy');
CREATE TYPE feeling2 AS (since date, mood mood2, all_moods mood2[]);
CREATE DOMAIN known2 AS feeling2;
ALTER TABLE t ALTER mood DROP DEFAULT, ALTER f TYPE feeling2 USING f::text::feeling2, ALTER many TYPE feeling2[] USING many::text::feeling2[],
  ALTER k TYPE known2 USING k::text::known2, ALTER mood TYPE mood2 USING mood::text::mood2;
DROP DOMAIN known;
DROP TYPE feeling;
DROP TYPE "Mood";
ALTER TYPE mood2 RENAME TO "Mood";
ALTER TYPE feeling2 RENAME TO feeling;
ALTER DOMAIN known2 RENAME TO known;
ALTER TABLE t ALTER mood SET DEFAULT 'ok';

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN mood DROP DEFAULT;
-- finding: removes_label breaking
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok', 'happy');
ALTER TABLE dw__app__public.t ALTER COLUMN mood TYPE dw__app__public.mood USING mood::text::dw__app__public.mood;
ALTER TYPE dw__app__public.feeling RENAME TO feeling__before;
CREATE TYPE dw__app__public.feeling AS (since date, mood dw__app__public.mood, all_moods dw__app__public.mood[]);
ALTER TABLE dw__app__public.t ALTER COLUMN f TYPE dw__app__public.feeling USING f::text::dw__app__public.feeling;
ALTER TABLE dw__app__public.t ALTER COLUMN many TYPE dw__app__public.feeling[] USING many::text[]::dw__app__public.feeling[];
ALTER DOMAIN dw__app__public.known RENAME TO known__before;
CREATE DOMAIN dw__app__public.known AS dw__app__public.feeling;
ALTER TABLE dw__app__public.t ALTER COLUMN k TYPE dw__app__public.known USING k::text::dw__app__public.known;
DROP DOMAIN dw__app__public.known__before;
DROP TYPE dw__app__public.feeling__before;
DROP TYPE dw__app__public.mood__before;
ALTER TABLE dw__app__public.t ALTER COLUMN mood SET DEFAULT 'ok'::dw__app__public.mood;
