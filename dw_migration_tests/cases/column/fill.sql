-- Rows that are there get what somebody has said: one value for all, one of their own, or only where they have none.
-- rows differ
-- loses: t.note

-- before
CREATE TABLE t (id int PRIMARY KEY, note text, "Total" numeric);
CREATE TABLE empty (id int);

-- rows
INSERT INTO t SELECT n, nullif('note ' || n, 'note 3'), n FROM generate_series(1, 5) n;

-- after
UPDATE t SET note = 'none' WHERE note IS NULL;
ALTER TABLE t ADD currency text, ADD "Twice" numeric, ALTER note SET NOT NULL;
UPDATE t SET currency = 'EUR', "Twice" = "Total" * 2;
ALTER TABLE t ALTER currency SET NOT NULL, ALTER "Twice" SET NOT NULL, ALTER "Twice" SET STATISTICS 500;
ALTER TABLE empty ADD currency text NOT NULL;

-- fill
t.currency='EUR'
t.twice=total * 2
t.note=concat('no note, ', id)
empty.currency='EUR'

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.empty ADD COLUMN currency text NOT NULL;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN currency text DEFAULT ('EUR') NOT NULL;
ALTER TABLE dw__app__public.t ALTER COLUMN currency DROP DEFAULT;
-- finding: requires_value breaking
UPDATE dw__app__public.t SET note = concat('no note, ', id) WHERE note IS NULL;
ALTER TABLE dw__app__public.t ALTER COLUMN note SET NOT NULL;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN twice numeric;
ALTER TABLE ONLY dw__app__public.t ALTER COLUMN twice SET STATISTICS 500;
UPDATE dw__app__public.t SET twice = total * 2 WHERE twice IS NULL;
ALTER TABLE dw__app__public.t ALTER COLUMN twice SET NOT NULL;
