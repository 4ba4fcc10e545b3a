-- A recursive view.

-- before
CREATE TABLE "Nodes" ("Id" int PRIMARY KEY, "Parent" int REFERENCES "Nodes");

-- rows
INSERT INTO "Nodes" VALUES (1, null);

-- after
CREATE RECURSIVE VIEW "Tree" ("Id", "Depth") AS SELECT "Id", 1 FROM "Nodes" WHERE "Parent" IS NULL UNION ALL SELECT n."Id", t."Depth" + 1 FROM "Nodes" n JOIN "Tree" t ON n."Parent" = t."Id";

-- plan
CREATE VIEW dw__app__public.tree (id, depth) AS
 WITH RECURSIVE tree(id, depth) AS (
         SELECT nodes.id,
            1 AS "?column?"
           FROM dw__app__public.nodes
          WHERE (nodes.parent IS NULL)
        UNION ALL
         SELECT n.id,
            (t.depth + 1)
           FROM (dw__app__public.nodes n
             JOIN tree t ON ((n.parent = t.id)))
        )
 SELECT id,
    depth
   FROM tree;
