-- A schema's name is somebody else's text.

-- before
CREATE SCHEMA "a""b; DROP TABLE x --";
CREATE TABLE "a""b; DROP TABLE x --"."t'%s{}" (id serial PRIMARY KEY);

-- after
ALTER TABLE "a""b; DROP TABLE x --"."t'%s{}" ADD "x:y $$ \" int DEFAULT 1;

-- plan
ALTER TABLE "dw__app__a""b; drop table x --"."t'%s{}" ADD COLUMN "x:y $$ \" integer DEFAULT 1;
