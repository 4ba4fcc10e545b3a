-- A key of an enum, and a foreign key to it, stand in the way of a new order.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (mood mood PRIMARY KEY);
CREATE TABLE u (id int PRIMARY KEY, mood mood REFERENCES t);

-- rows
INSERT INTO t VALUES ('ok');
INSERT INTO u VALUES (1, 'ok');

-- after
UPDATE pg_enum SET enumsortorder = enumsortorder + 10 WHERE enumlabel = 'sad';

-- plan
ALTER TABLE dw__app__public.u DROP CONSTRAINT u_mood_fkey;
-- finding: removes_label transformable
ALTER TYPE dw__app__public.mood RENAME TO mood__before;
CREATE TYPE dw__app__public.mood AS ENUM ('ok', 'happy', 'sad');
ALTER TABLE dw__app__public.t ALTER COLUMN mood TYPE dw__app__public.mood USING mood::text::dw__app__public.mood;
ALTER TABLE dw__app__public.u ALTER COLUMN mood TYPE dw__app__public.mood USING mood::text::dw__app__public.mood;
DROP TYPE dw__app__public.mood__before;
ALTER TABLE dw__app__public.u ADD CONSTRAINT u_mood_fkey FOREIGN KEY (mood) REFERENCES dw__app__public.t (mood);
