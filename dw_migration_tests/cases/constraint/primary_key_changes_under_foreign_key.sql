-- A primary key gets another column, and the foreign key to it goes over to a unique constraint.

-- before
CREATE TABLE a (id int, other int, CONSTRAINT a_pkey PRIMARY KEY (id));
CREATE TABLE b (id int PRIMARY KEY, a int CONSTRAINT fk REFERENCES a);

-- rows
INSERT INTO a VALUES (1, 2);
INSERT INTO b VALUES (1, 1);

-- after
ALTER TABLE b DROP CONSTRAINT fk;
ALTER TABLE a DROP CONSTRAINT a_pkey;
ALTER TABLE a ADD PRIMARY KEY (other);
ALTER TABLE a ADD CONSTRAINT a_unique UNIQUE (id);
ALTER TABLE b ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES a (id);

-- plan
ALTER TABLE dw__app__public.b DROP CONSTRAINT fk;
ALTER TABLE dw__app__public.a DROP CONSTRAINT a_pkey;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.a ALTER COLUMN other SET NOT NULL;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.a ADD CONSTRAINT a_pkey PRIMARY KEY (other);
-- finding: adds_key breaking
ALTER TABLE dw__app__public.a ADD CONSTRAINT a_unique UNIQUE (id);
ALTER TABLE dw__app__public.b ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES dw__app__public.a (id);
