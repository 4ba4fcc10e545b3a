-- A primary key, a unique constraint, a check and a foreign key of the whole.

-- before
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE p (id int, a int) PARTITION BY HASH (id);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);

-- rows
INSERT INTO a VALUES (1);
INSERT INTO p VALUES (1, 1), (2, 1), (3, 1);

-- after
ALTER TABLE p ADD PRIMARY KEY (id);
ALTER TABLE p ADD UNIQUE (id, a);
ALTER TABLE p ADD CHECK (a > 0);
ALTER TABLE p ADD FOREIGN KEY (a) REFERENCES a;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.p ALTER COLUMN id SET NOT NULL;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_a_check CHECK ((a > 0));
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_a_fkey FOREIGN KEY (a) REFERENCES dw__app__public.a (id);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p0 ADD CONSTRAINT p0_id_a_key UNIQUE (id, a);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p0 ADD CONSTRAINT p0_pkey PRIMARY KEY (id);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p1 ADD CONSTRAINT p1_id_a_key UNIQUE (id, a);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_id_a_key UNIQUE (id, a);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p1 ADD CONSTRAINT p1_pkey PRIMARY KEY (id);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_pkey PRIMARY KEY (id);
