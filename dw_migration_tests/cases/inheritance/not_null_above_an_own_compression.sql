-- NOT NULL comes down to the heir, which says nothing of it itself.

-- before
CREATE TABLE a (value integer[], n int NOT NULL);
CREATE TABLE b (user_id text) INHERITS (a);
ALTER TABLE b ALTER value SET COMPRESSION pglz;
ALTER TABLE b ALTER n SET STATISTICS 7;

-- after
ALTER TABLE a ALTER value SET NOT NULL;
ALTER TABLE a ALTER n DROP NOT NULL;

-- plan
-- finding: allows_null transformable
ALTER TABLE dw__app__public.a ALTER COLUMN n DROP NOT NULL;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.a ALTER COLUMN value SET NOT NULL;
-- finding: allows_null transformable
-- finding: requires_value breaking
-- finding: requires_value breaking
