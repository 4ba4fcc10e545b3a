-- The way down: it is attached once the table above has lost the column, on which a policy stands.

-- before
CREATE TABLE a (id integer, user_id bit(3)) PARTITION BY RANGE (id);
CREATE TABLE b PARTITION OF a FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (user_id);
CREATE POLICY p ON a USING (user_id IS DISTINCT FROM B'101');

-- after
ALTER TABLE a ADD "it's" jsonb;
ALTER POLICY p ON a USING ("it's" IS DISTINCT FROM '{}');
ALTER TABLE a DETACH PARTITION b;

-- plan
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.a DETACH PARTITION dw__app__public.b;
ALTER TABLE dw__app__public.a ADD COLUMN "it's" jsonb;
ALTER TABLE dw__app__public.b ADD COLUMN "it's" jsonb;
-- finding: hides_rows breaking
ALTER POLICY p ON dw__app__public.a USING (("it's" IS DISTINCT FROM '{}'::jsonb));
