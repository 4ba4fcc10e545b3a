-- A column of a view gets another name: the view is made again.

-- before
CREATE TABLE t (id int PRIMARY KEY);
CREATE VIEW v AS SELECT id FROM t;
CREATE VIEW w AS SELECT id FROM v;

-- rows
INSERT INTO t VALUES (1);

-- after
ALTER VIEW v RENAME id TO "Key";

-- plan
DROP VIEW dw__app__public.w;
DROP VIEW dw__app__public.v;
-- finding: changes_view breaking
CREATE VIEW dw__app__public.v (key) AS
 SELECT id AS key
   FROM dw__app__public.t;
-- finding: changes_view transformable
CREATE VIEW dw__app__public.w (id) AS
 SELECT key AS id
   FROM dw__app__public.v;
