-- A key of text becomes a uuid, clustered and as replica identity.

-- before
CREATE TABLE t (id text PRIMARY KEY, n text NOT NULL);
CREATE UNIQUE INDEX t_n ON t (n);
ALTER TABLE t CLUSTER ON t_pkey;
ALTER TABLE t REPLICA IDENTITY USING INDEX t_n;
COMMENT ON INDEX t_n IS 'n';
COMMENT ON CONSTRAINT t_pkey ON t IS 'p';

-- rows
INSERT INTO t VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002');

-- after
ALTER TABLE t ALTER id TYPE uuid USING id::uuid, ALTER n TYPE uuid USING n::uuid;

-- plan
ALTER TABLE dw__app__public.t REPLICA IDENTITY DEFAULT;
ALTER TABLE dw__app__public.t SET WITHOUT CLUSTER;
DROP INDEX dw__app__public.t_n;
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_pkey;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN id TYPE uuid USING id::uuid;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN n TYPE uuid USING n::uuid;
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX t_n ON dw__app__public.t USING btree (n);
ALTER TABLE dw__app__public.t CLUSTER ON t_pkey;
ALTER TABLE dw__app__public.t REPLICA IDENTITY USING INDEX t_n;
COMMENT ON INDEX dw__app__public.t_n IS 'n';
COMMENT ON CONSTRAINT t_pkey ON dw__app__public.t IS 'p';
