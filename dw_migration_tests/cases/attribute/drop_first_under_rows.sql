-- An attribute that was dropped comes back as the last one: PostgreSQL puts none before others.
-- loses: o.a, o.o
-- keeps: composite dw__app__public.mixed

-- before
CREATE TYPE mixed AS (a inet, b int);
CREATE TYPE outside AS (m mixed, c int);
CREATE TABLE o (id integer, a mixed, o outside);

-- rows
INSERT INTO o VALUES (1, ROW('10.0.0.1', 5), ROW(ROW('10.0.0.2', 6), 7));

-- after
ALTER TYPE mixed DROP ATTRIBUTE a CASCADE;

-- plan
-- finding: drops_column breaking
-- finding: alters transformable
ALTER TYPE dw__app__public.mixed DROP ATTRIBUTE a;
