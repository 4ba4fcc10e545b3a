-- online

-- before
CREATE DOMAIN currency AS text NOT NULL CHECK (length(value) = 3);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE t (id int PRIMARY KEY);

-- rows
INSERT INTO t SELECT n FROM generate_series(1, 5) n;

-- after
ALTER TABLE t ADD currency currency NOT NULL DEFAULT 'EUR', ADD mood mood NOT NULL DEFAULT 'bad', ADD at timestamptz NOT NULL DEFAULT '2026-01-01';
ALTER TABLE t ALTER currency DROP DEFAULT, ALTER mood DROP DEFAULT, ALTER at DROP DEFAULT;

-- fill
t.currency='EUR'
t.mood='bad'
t.at='2026-01-01'

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN at timestamp with time zone DEFAULT ('2026-01-01') NOT NULL;
ALTER TABLE dw__app__public.t ALTER COLUMN at DROP DEFAULT;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN currency dw__app__public.currency DEFAULT ('EUR') NOT NULL;
ALTER TABLE dw__app__public.t ALTER COLUMN currency DROP DEFAULT;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.t ADD COLUMN mood dw__app__public.mood DEFAULT ('bad') NOT NULL;
ALTER TABLE dw__app__public.t ALTER COLUMN mood DROP DEFAULT;
