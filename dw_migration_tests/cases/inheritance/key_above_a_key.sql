-- What was NOT NULL by a key of its own stays so when the table above gets one, and when that goes.

-- before
CREATE TABLE b (name text, n1 jsonb UNIQUE);
CREATE TABLE c (two character(3)) INHERITS (b);
CREATE TABLE d () INHERITS (c);
ALTER TABLE d ADD PRIMARY KEY (n1);
CREATE TABLE e (n int);
CREATE TABLE f () INHERITS (e);
ALTER TABLE f ALTER n SET NOT NULL;

-- after
ALTER TABLE c ADD PRIMARY KEY (n1);
ALTER TABLE e ALTER n SET NOT NULL;

-- plan
-- finding: requires_value breaking
-- finding: requires_value breaking
ALTER TABLE dw__app__public.e ALTER COLUMN n SET NOT NULL;
-- finding: requires_value breaking
-- finding: requires_value breaking
ALTER TABLE dw__app__public.c ALTER COLUMN n1 SET NOT NULL;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.c ADD CONSTRAINT c_pkey PRIMARY KEY (n1);
