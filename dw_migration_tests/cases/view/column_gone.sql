-- Another column in front: made again, with what stands on it.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW v AS SELECT "Id", "Name" FROM "Users";
CREATE VIEW w AS SELECT "Name" FROM v;
COMMENT ON VIEW w IS 'kept';
COMMENT ON COLUMN w."Name" IS 'too';

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
DROP VIEW w;
DROP VIEW v;
CREATE VIEW v AS SELECT "Name" FROM "Users";
CREATE VIEW w AS SELECT "Name" FROM v;
COMMENT ON VIEW w IS 'kept';
COMMENT ON COLUMN w."Name" IS 'too';

-- plan
DROP VIEW dw__app__public.w;
DROP VIEW dw__app__public.v;
-- finding: changes_view breaking
CREATE VIEW dw__app__public.v (name) AS
 SELECT name
   FROM dw__app__public.users;
CREATE VIEW dw__app__public.w (name) AS
 SELECT name
   FROM dw__app__public.v;
COMMENT ON VIEW dw__app__public.w IS 'kept';
COMMENT ON COLUMN dw__app__public.w.name IS 'too';
