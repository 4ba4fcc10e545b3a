-- An unlogged sequence.
-- needs: 15

-- before
CREATE UNLOGGED SEQUENCE a;
CREATE SEQUENCE b;

-- after
ALTER SEQUENCE a SET LOGGED;
ALTER SEQUENCE b SET UNLOGGED;

-- plan
ALTER SEQUENCE dw__app__public.a SET LOGGED;
-- finding: becomes_unlogged breaking
ALTER SEQUENCE dw__app__public.b SET UNLOGGED;
