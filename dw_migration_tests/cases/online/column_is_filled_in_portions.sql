-- online
-- rows differ
-- loses: t.note

-- before
CREATE TABLE t (id int PRIMARY KEY, note text);

-- rows
INSERT INTO t SELECT n, nullif('note ' || n, 'note 3') FROM generate_series(1, 5) n;

-- after
UPDATE t SET note = 'none' WHERE note IS NULL;
ALTER TABLE t ADD currency text NOT NULL DEFAULT 'EUR', ALTER note SET NOT NULL, ADD length int;
UPDATE t SET length = length(note);
ALTER TABLE t ALTER currency DROP DEFAULT, ALTER length SET NOT NULL;

-- fill
t.currency='EUR'
t.length=coalesce(length(note), 0)
t.note='none'

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN currency text DEFAULT ('EUR') NOT NULL;
ALTER TABLE dw__app__public.t ALTER COLUMN currency DROP DEFAULT;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN length integer;
-- commit
UPDATE dw__app__public.t SET length = coalesce(length(note), 0) WHERE length IS NULL;
-- commit
ALTER TABLE dw__app__public.t ADD CONSTRAINT length__not_null CHECK (length IS NOT NULL) NOT VALID;
-- commit
UPDATE dw__app__public.t SET length = coalesce(length(note), 0) WHERE length IS NULL;
-- commit
ALTER TABLE dw__app__public.t VALIDATE CONSTRAINT length__not_null;
-- commit
ALTER TABLE dw__app__public.t ALTER COLUMN length SET NOT NULL;
ALTER TABLE dw__app__public.t DROP CONSTRAINT length__not_null;
-- finding: requires_value breaking
-- commit
UPDATE dw__app__public.t SET note = 'none' WHERE note IS NULL;
-- commit
ALTER TABLE dw__app__public.t ADD CONSTRAINT note__not_null CHECK (note IS NOT NULL) NOT VALID;
-- commit
UPDATE dw__app__public.t SET note = 'none' WHERE note IS NULL;
-- commit
ALTER TABLE dw__app__public.t VALIDATE CONSTRAINT note__not_null;
-- commit
ALTER TABLE dw__app__public.t ALTER COLUMN note SET NOT NULL;
ALTER TABLE dw__app__public.t DROP CONSTRAINT note__not_null;
