-- Another query: made again, with its indexes.

-- before
CREATE TABLE "Users" ("Id" int PRIMARY KEY, "Name" text NOT NULL, city int, at timestamptz);
CREATE TABLE cities (id int PRIMARY KEY, "Name" text);
CREATE MATERIALIZED VIEW m AS SELECT "Id" FROM "Users";
CREATE UNIQUE INDEX m_id ON m ("Id");
ALTER MATERIALIZED VIEW m CLUSTER ON m_id;

-- rows
INSERT INTO "Users" VALUES (1, 'a', 1, now());
INSERT INTO cities VALUES (1, 'b');

-- after
DROP MATERIALIZED VIEW m;
CREATE MATERIALIZED VIEW m AS SELECT "Id" FROM "Users" WHERE "Id" > 0;
CREATE UNIQUE INDEX m_id ON m ("Id");
ALTER MATERIALIZED VIEW m CLUSTER ON m_id;

-- plan
DROP MATERIALIZED VIEW dw__app__public.m;
-- finding: changes_view transformable
CREATE MATERIALIZED VIEW dw__app__public.m (id) AS
 SELECT id
   FROM dw__app__public.users
  WHERE (id > 0);
-- finding: adds_key breaking
CREATE UNIQUE INDEX m_id ON dw__app__public.m USING btree (id);
ALTER MATERIALIZED VIEW dw__app__public.m CLUSTER ON m_id;
