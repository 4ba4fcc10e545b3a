-- A procedure gets another name.

-- before
CREATE TABLE t (id int PRIMARY KEY);
CREATE PROCEDURE p(a int) LANGUAGE plpgsql AS 'BEGIN PERFORM 1; END';

-- after
ALTER PROCEDURE p RENAME TO q;

-- plan
-- finding: renames transformable
ALTER PROCEDURE dw__app__public.p(integer) RENAME TO q;
