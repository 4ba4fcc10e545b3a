-- Another body of a procedure.

-- before
CREATE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT a';

-- after
CREATE OR REPLACE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT a + 1';

-- plan
-- finding: changes_function transformable
CREATE OR REPLACE PROCEDURE dw__app__public.p(IN a integer)
 LANGUAGE sql
AS $procedure$SELECT a + 1$procedure$;
