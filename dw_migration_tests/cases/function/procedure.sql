-- A procedure with what it gives back.

-- before
CREATE TABLE "T" (id int);

-- rows
INSERT INTO "T" VALUES (1);

-- after
CREATE PROCEDURE "Do"(IN a int, INOUT "B" int DEFAULT 0) LANGUAGE plpgsql AS $$ BEGIN "B" := a; DELETE FROM public."T" WHERE id = a; COMMIT; END $$;
COMMENT ON PROCEDURE "Do"(int, int) IS 'does';

-- plan
CREATE PROCEDURE dw__app__public."do"(IN a integer, INOUT b integer DEFAULT 0)
 LANGUAGE plpgsql
AS $procedure$ BEGIN b := a; DELETE FROM dw__app__public.t WHERE id = a; COMMIT; END $procedure$;
COMMENT ON PROCEDURE dw__app__public."do"(integer, integer) IS 'does';
