-- The way down: the column may be NULL only once rows are known by something else.

-- before
CREATE TABLE a (id int, j int CONSTRAINT "a.b" UNIQUE);
ALTER TABLE a REPLICA IDENTITY FULL;
CREATE TABLE b (id int, j int UNIQUE);

-- after
ALTER TABLE a ADD CONSTRAINT k PRIMARY KEY (j) INCLUDE (id);
ALTER TABLE a REPLICA IDENTITY USING INDEX "a.b";
ALTER TABLE b ALTER j SET NOT NULL;
ALTER TABLE b REPLICA IDENTITY USING INDEX b_j_key;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.a ALTER COLUMN j SET NOT NULL;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.b ALTER COLUMN j SET NOT NULL;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.a ADD CONSTRAINT k PRIMARY KEY (j) INCLUDE (id);
ALTER TABLE dw__app__public.a REPLICA IDENTITY USING INDEX "a.b";
ALTER TABLE dw__app__public.b REPLICA IDENTITY USING INDEX b_j_key;
