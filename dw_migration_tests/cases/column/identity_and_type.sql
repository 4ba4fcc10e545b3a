-- An identity gets a wider type; its sequence keeps its limits unless told.

-- before
CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE u (a int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- rows
INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (1);

-- after
ALTER TABLE t ALTER a TYPE bigint;
ALTER TABLE u ALTER a TYPE smallint;

-- plan
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE bigint;
ALTER TABLE dw__app__public.t ALTER COLUMN a SET INCREMENT BY 1 SET MINVALUE 1 SET MAXVALUE 9223372036854775807 SET START WITH 1 SET CACHE 1 SET NO CYCLE;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.u ALTER COLUMN a TYPE smallint;
ALTER TABLE dw__app__public.u ALTER COLUMN a SET INCREMENT BY 1 SET MINVALUE 1 SET MAXVALUE 32767 SET START WITH 1 SET CACHE 1 SET NO CYCLE;
