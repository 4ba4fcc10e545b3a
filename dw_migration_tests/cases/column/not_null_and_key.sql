-- A column becomes NOT NULL because of its key, and is no longer when it goes.

-- before
CREATE TABLE t (a int, b int PRIMARY KEY);

-- rows
INSERT INTO t VALUES (1, 2);

-- after
ALTER TABLE t DROP CONSTRAINT t_pkey;
ALTER TABLE t ALTER b DROP NOT NULL;
ALTER TABLE t ADD PRIMARY KEY (a);

-- plan
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_pkey;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a SET NOT NULL;
-- finding: allows_null transformable
ALTER TABLE dw__app__public.t ALTER COLUMN b DROP NOT NULL;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_pkey PRIMARY KEY (a);
