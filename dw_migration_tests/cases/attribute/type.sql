-- An attribute's type changes where no rows stand: PostgreSQL alters it.

-- before
CREATE TYPE address AS (street text, zip int);
CREATE DOMAIN home AS address;
CREATE TABLE t (id int PRIMARY KEY);

-- after
ALTER TYPE address ALTER ATTRIBUTE zip TYPE bigint, ALTER ATTRIBUTE street TYPE varchar(20);

-- plan
-- finding: changes_type breaking
-- finding: changes_type transformable
ALTER TYPE dw__app__public.address ALTER ATTRIBUTE street TYPE character varying(20), ALTER ATTRIBUTE zip TYPE bigint;
