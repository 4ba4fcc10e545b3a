-- grants kept
-- loses: later.gone, part.gone, whole.gone

-- before
CREATE ROLE case_reader;
CREATE TABLE "Whole" (id int, "Gone" int, "Old" int, "Kind" int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF "Whole" FOR VALUES FROM (0) TO (10);
CREATE TABLE later PARTITION OF "Whole" FOR VALUES FROM (10) TO (20);
GRANT SELECT ("Gone", "Old", "Kind") ON part TO case_reader;
GRANT SELECT (id) ON later TO case_reader;
CREATE VIEW two AS SELECT id, "Kind" + 1 AS more FROM "Whole";
GRANT SELECT (id, more) ON two TO case_reader;

-- rows
INSERT INTO "Whole" VALUES (1, 2, 3, 4), (11, 12, 13, 14);

-- after
GRANT SELECT (id), UPDATE (id) ON part TO case_reader;
ALTER TABLE "Whole" DROP "Gone";
ALTER TABLE "Whole" RENAME "Old" TO "New";
DROP VIEW two; ALTER TABLE "Whole" ALTER "Kind" TYPE text;
ALTER TABLE "Whole" DETACH PARTITION later;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.whole RENAME COLUMN old TO new;
-- finding: detaches_partition breaking
ALTER TABLE dw__app__public.whole DETACH PARTITION dw__app__public.later;
-- finding: drops_view breaking
DROP VIEW dw__app__public.two;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.later DROP COLUMN gone;
-- finding: drops_column breaking
ALTER TABLE dw__app__public.whole DROP COLUMN gone;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.later ALTER COLUMN kind TYPE text;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.whole ALTER COLUMN kind TYPE text;
-- finding: changes_rights transformable
GRANT SELECT (id), UPDATE (id) ON TABLE dw__app__public.part TO case_reader;
