-- Back to the storage of the type, which PostgreSQL names only since 16.

-- before
CREATE TYPE value AS (item int4range, n1 smallint);
CREATE TYPE span AS RANGE (SUBTYPE = numeric);
CREATE DOMAIN amount AS numeric;
CREATE DOMAIN note AS text;
CREATE TABLE a (v value, s span, d amount, n note, m numeric, w note[]);

-- after
ALTER TABLE a ALTER v SET STORAGE EXTERNAL, ALTER s SET STORAGE MAIN, ALTER d SET STORAGE EXTERNAL, ALTER n SET STORAGE EXTERNAL,
    ALTER m SET STORAGE EXTENDED, ALTER w SET STORAGE MAIN;

-- plan
ALTER TABLE dw__app__public.a ALTER COLUMN d SET STORAGE EXTERNAL;
ALTER TABLE dw__app__public.a ALTER COLUMN m SET STORAGE EXTENDED;
ALTER TABLE dw__app__public.a ALTER COLUMN n SET STORAGE EXTERNAL;
ALTER TABLE dw__app__public.a ALTER COLUMN s SET STORAGE MAIN;
ALTER TABLE dw__app__public.a ALTER COLUMN v SET STORAGE EXTERNAL;
ALTER TABLE dw__app__public.a ALTER COLUMN w SET STORAGE MAIN;
