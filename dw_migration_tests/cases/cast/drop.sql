-- It goes alone, and with its type.

-- before
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE other AS ENUM ('sad', 'happy');
CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (mood AS int) WITH FUNCTION f(mood);
CREATE CAST (other AS mood) WITH INOUT;
CREATE TABLE t (m mood);

-- after
DROP CAST (mood AS int);
DROP TYPE other CASCADE;

-- plan
-- finding: drops_function breaking
DROP CAST (dw__app__public.mood AS integer);
-- finding: drops_function breaking
DROP CAST (dw__app__public.other AS dw__app__public.mood);
-- finding: drops_type transformable
DROP TYPE dw__app__public.other;
