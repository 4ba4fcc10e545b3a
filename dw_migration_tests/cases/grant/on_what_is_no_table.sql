-- Sequences, functions, procedures, aggregates, types of all sorts and schemas have grants
-- grants kept

-- before
CREATE ROLE case_reader;
CREATE SCHEMA sales;
CREATE SEQUENCE sales.numbers;
CREATE FUNCTION sales.twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
CREATE PROCEDURE sales.nothing() LANGUAGE sql AS '';
CREATE AGGREGATE sales.total(int) (SFUNC = int4pl, STYPE = int);
CREATE TYPE sales.state AS ENUM ('a');
CREATE TYPE sales.pair AS (a int, b int);
CREATE TYPE sales.span AS RANGE (SUBTYPE = date);
CREATE DOMAIN sales.amount AS int;
CREATE MATERIALIZED VIEW sales.one AS SELECT 1 AS n;

-- after
GRANT USAGE ON SCHEMA sales TO case_reader;
GRANT USAGE ON SEQUENCE sales.numbers TO case_reader;
GRANT EXECUTE ON FUNCTION sales.twice(int) TO case_reader;
GRANT EXECUTE ON PROCEDURE sales.nothing() TO case_reader;
GRANT EXECUTE ON FUNCTION sales.total(int) TO case_reader;
GRANT USAGE ON TYPE sales.state, sales.pair, sales.span TO case_reader;
GRANT USAGE ON DOMAIN sales.amount TO case_reader;
GRANT SELECT ON sales.one TO case_reader;

-- plan
-- finding: changes_rights transformable
GRANT USAGE ON TYPE dw__app__sales.amount TO case_reader;
-- finding: changes_rights transformable
GRANT EXECUTE ON ROUTINE dw__app__sales.nothing() TO case_reader;
-- finding: changes_rights transformable
GRANT USAGE ON SEQUENCE dw__app__sales.numbers TO case_reader;
-- finding: changes_rights transformable
GRANT SELECT ON TABLE dw__app__sales.one TO case_reader;
-- finding: changes_rights transformable
GRANT USAGE ON TYPE dw__app__sales.pair TO case_reader;
-- finding: changes_rights transformable
GRANT USAGE ON TYPE dw__app__sales.span TO case_reader;
-- finding: changes_rights transformable
GRANT USAGE ON TYPE dw__app__sales.state TO case_reader;
-- finding: changes_rights transformable
GRANT USAGE ON SCHEMA dw__app__sales TO case_reader;
-- finding: changes_rights transformable
GRANT EXECUTE ON ROUTINE dw__app__sales.total(integer) TO case_reader;
-- finding: changes_rights transformable
GRANT EXECUTE ON ROUTINE dw__app__sales.twice(integer) TO case_reader;
