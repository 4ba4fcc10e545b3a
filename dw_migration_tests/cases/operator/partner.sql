-- Commutator, negator, HASHES and MERGES: what PostgreSQL 17 can set, a new operator can everywhere.

-- before
CREATE FUNCTION f(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE FUNCTION g(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> $2';
CREATE OPERATOR === (FUNCTION = f, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR !=== (FUNCTION = g, LEFTARG = int, RIGHTARG = int);

-- after
DROP OPERATOR === (int, int);
DROP OPERATOR !=== (int, int);
CREATE OPERATOR === (FUNCTION = f, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ===, NEGATOR = !===, HASHES, MERGES);
CREATE OPERATOR !=== (FUNCTION = g, LEFTARG = int, RIGHTARG = int, NEGATOR = ===);

-- plan
DROP OPERATOR dw__app__public.!=== (integer, integer);
DROP OPERATOR dw__app__public.=== (integer, integer);
-- finding: changes_function transformable
CREATE OPERATOR dw__app__public.!=== (FUNCTION = dw__app__public.g, LEFTARG = integer, RIGHTARG = integer, NEGATOR = OPERATOR(dw__app__public.===));
-- finding: changes_function transformable
CREATE OPERATOR dw__app__public.=== (FUNCTION = dw__app__public.f, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(dw__app__public.===), NEGATOR = OPERATOR(dw__app__public.!===), HASHES, MERGES);
