-- As from a dump: nobody knows that an attribute has another name.
-- rows differ
-- loses: a.x
-- keeps: composite dw__app__public.value

-- before
CREATE TYPE value AS (x bit(3), y bit(3));
CREATE TABLE a OF value (y WITH OPTIONS NOT NULL);

-- rows
INSERT INTO a VALUES ('101', '111');

-- after
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
CREATE TYPE value AS (z bit(3), y bit(3));
CREATE TABLE a OF value (y WITH OPTIONS NOT NULL);

-- plan
ALTER TABLE dw__app__public.a RENAME TO a__before;
-- finding: rebuilds_table transformable
-- finding: drops_column breaking
CREATE TABLE dw__app__public.a (
    z bit(3),
    y bit(3) CONSTRAINT a_y_not_null NOT NULL
);
INSERT INTO dw__app__public.a (y) SELECT y FROM dw__app__public.a__before;
DROP TABLE dw__app__public.a__before;
DROP TYPE dw__app__public.value;
-- finding: alters transformable
CREATE TYPE dw__app__public.value AS (z bit(3), y bit(3));
ALTER TABLE dw__app__public.a OF dw__app__public.value;
