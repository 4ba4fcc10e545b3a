-- A primary key comes, goes, and changes its columns.

-- before
CREATE TABLE a (id int);
CREATE TABLE b (id int PRIMARY KEY);
CREATE TABLE c (x int NOT NULL, y int NOT NULL, CONSTRAINT c_pkey PRIMARY KEY (x));

-- rows
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (1);
INSERT INTO c VALUES (1, 2);

-- after
ALTER TABLE a ADD PRIMARY KEY (id);
ALTER TABLE b DROP CONSTRAINT b_pkey;
ALTER TABLE b ALTER id DROP NOT NULL;
ALTER TABLE c DROP CONSTRAINT c_pkey;
ALTER TABLE c ADD PRIMARY KEY (x, y);

-- plan
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.b DROP CONSTRAINT b_pkey;
ALTER TABLE dw__app__public.c DROP CONSTRAINT c_pkey;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.a ALTER COLUMN id SET NOT NULL;
-- finding: allows_null transformable
ALTER TABLE dw__app__public.b ALTER COLUMN id DROP NOT NULL;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.a ADD CONSTRAINT a_pkey PRIMARY KEY (id);
ALTER TABLE dw__app__public.c ADD CONSTRAINT c_pkey PRIMARY KEY (x, y);
