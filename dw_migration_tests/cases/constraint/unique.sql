-- Unique constraints of every sort.

-- before
CREATE TABLE t (a int, b int, c int, CONSTRAINT gone UNIQUE (a), CONSTRAINT same UNIQUE (b));

-- rows
INSERT INTO t VALUES (1, 2, 3);

-- after
ALTER TABLE t DROP CONSTRAINT gone;
ALTER TABLE t DROP CONSTRAINT same;
ALTER TABLE t ADD CONSTRAINT same UNIQUE (b, c);
ALTER TABLE t ADD CONSTRAINT late UNIQUE (a) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE t ADD CONSTRAINT covering UNIQUE (c) INCLUDE (a, b);
ALTER TABLE t ADD CONSTRAINT loose UNIQUE (a, c) WITH (fillfactor = 70);

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.t DROP CONSTRAINT gone;
ALTER TABLE dw__app__public.t DROP CONSTRAINT same;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT covering UNIQUE (c) INCLUDE (a, b);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT late UNIQUE (a) DEFERRABLE INITIALLY DEFERRED;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT loose UNIQUE (a, c) WITH (fillfactor='70');
ALTER TABLE dw__app__public.t ADD CONSTRAINT same UNIQUE (b, c);
