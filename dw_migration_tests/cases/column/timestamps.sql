-- Times with and without a zone, and dates.

-- before
CREATE TABLE t (a timestamp DEFAULT now(), b timestamptz, c date, d timestamp(3), e time);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES ('2020-01-01 12:00', '2020-01-01 12:00+00', '2020-01-01', '2020-01-01 12:00', '12:00');

-- after
ALTER TABLE t ALTER a TYPE timestamptz, ALTER b TYPE timestamp, ALTER c TYPE timestamp, ALTER d TYPE timestamp(6), ALTER e TYPE interval;

-- plan
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE timestamp with time zone;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE timestamp without time zone;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN c TYPE timestamp without time zone;
-- finding: changes_type transformable
ALTER TABLE dw__app__public.t ALTER COLUMN d TYPE timestamp(6) without time zone;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN e TYPE interval USING e::interval;
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT now();
