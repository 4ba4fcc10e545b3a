-- A body in SQL in place of a text.

-- before
CREATE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1));

-- rows
INSERT INTO t VALUES (1, 5);

-- after
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql RETURN a + b;

-- plan
-- finding: changes_function transformable
CREATE OR REPLACE FUNCTION dw__app__public.f(a integer, b integer DEFAULT 2)
 RETURNS integer
 LANGUAGE sql
RETURN (a + b);
