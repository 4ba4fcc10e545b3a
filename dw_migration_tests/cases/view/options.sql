-- Barrier, check option and invoker.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE VIEW v WITH (security_barrier) AS SELECT "Id" FROM "Users";
CREATE VIEW w AS SELECT "Id" FROM "Users";

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
ALTER VIEW v RESET (security_barrier);
ALTER VIEW w SET (check_option = local, security_barrier = true);
CREATE VIEW x WITH (security_barrier = true) AS SELECT "Id" FROM "Users" WHERE "Id" > 0 WITH CASCADED CHECK OPTION;

-- plan
-- finding: alters transformable
ALTER VIEW dw__app__public.v RESET (security_barrier);
-- finding: alters transformable
ALTER VIEW dw__app__public.w SET (check_option='local', security_barrier='true');
CREATE VIEW dw__app__public.x (id) WITH (security_barrier='true', check_option='cascaded') AS
 SELECT id
   FROM dw__app__public.users
  WHERE (id > 0);
