-- online

-- before
CREATE TABLE t (id int, note text);
CREATE TABLE heir (more int) INHERITS (t);
CREATE TABLE parted (id int, note text) PARTITION BY LIST (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;

-- rows
INSERT INTO t SELECT n, 'note ' || n FROM generate_series(1, 5) n;
INSERT INTO heir SELECT n, 'note ' || n, n FROM generate_series(1, 5) n;
INSERT INTO parted SELECT n, 'note ' || n FROM generate_series(1, 5) n;

-- after
ALTER TABLE t ADD length int;
ALTER TABLE parted ADD length int;
UPDATE t SET length = length(note);
UPDATE parted SET length = length(note);
ALTER TABLE t ALTER length SET NOT NULL;
ALTER TABLE parted ALTER length SET NOT NULL;

-- fill
t.length=length(note)
parted.length=length(note)

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.parted ADD COLUMN length integer;
-- commit
UPDATE dw__app__public.parted SET length = length(note) WHERE length IS NULL;
-- commit
ALTER TABLE dw__app__public.parted ADD CONSTRAINT length__not_null CHECK (length IS NOT NULL) NOT VALID;
-- commit
UPDATE dw__app__public.parted SET length = length(note) WHERE length IS NULL;
-- commit
ALTER TABLE dw__app__public.parted VALIDATE CONSTRAINT length__not_null;
-- commit
ALTER TABLE dw__app__public.parted ALTER COLUMN length SET NOT NULL;
ALTER TABLE dw__app__public.parted DROP CONSTRAINT length__not_null;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN length integer;
-- commit
UPDATE dw__app__public.t SET length = length(note) WHERE length IS NULL;
-- commit
ALTER TABLE dw__app__public.t ADD CONSTRAINT length__not_null CHECK (length IS NOT NULL) NOT VALID;
-- commit
UPDATE dw__app__public.t SET length = length(note) WHERE length IS NULL;
-- commit
ALTER TABLE dw__app__public.t VALIDATE CONSTRAINT length__not_null;
-- commit
ALTER TABLE dw__app__public.t ALTER COLUMN length SET NOT NULL;
ALTER TABLE dw__app__public.t DROP CONSTRAINT length__not_null;
-- finding: requires_value breaking
