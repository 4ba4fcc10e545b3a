-- an heir's key is added behind that of the table above, whose NOT NULL it has then

-- before
CREATE TYPE value AS ("user" varchar(20), b char(3));
CREATE TABLE a OF value (b WITH OPTIONS NOT NULL);
CREATE TABLE c ("user" int, b int);

-- after
ALTER TABLE a ADD PRIMARY KEY ("user");
CREATE TABLE "user" () INHERITS (a);
ALTER TABLE "user" ADD PRIMARY KEY ("user");
ALTER TABLE c ADD PRIMARY KEY ("user");
CREATE TABLE d () INHERITS (c);
ALTER TABLE d ADD CONSTRAINT a_key PRIMARY KEY ("user", b);

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.a ALTER COLUMN "user" SET NOT NULL;
CREATE TABLE dw__app__public."user" () INHERITS (dw__app__public.a);
-- finding: requires_value breaking
ALTER TABLE dw__app__public.c ALTER COLUMN "user" SET NOT NULL;
CREATE TABLE dw__app__public.d () INHERITS (dw__app__public.c);
ALTER TABLE dw__app__public.d ALTER COLUMN b SET NOT NULL;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.a ADD CONSTRAINT a_pkey PRIMARY KEY ("user");
-- finding: adds_key breaking
ALTER TABLE dw__app__public.c ADD CONSTRAINT c_pkey PRIMARY KEY ("user");
ALTER TABLE dw__app__public.d ADD CONSTRAINT a_key PRIMARY KEY ("user", b);
ALTER TABLE dw__app__public."user" ADD CONSTRAINT user_pkey PRIMARY KEY ("user");
