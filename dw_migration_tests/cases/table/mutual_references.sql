-- Two tables that refer to one another come together.

-- before
CREATE TABLE x (id int);

-- after
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;

-- plan
CREATE TABLE dw__app__public.a (
    id integer NOT NULL,
    b integer,
    CONSTRAINT a_pkey PRIMARY KEY (id)
);
CREATE TABLE dw__app__public.b (
    id integer NOT NULL,
    a integer,
    CONSTRAINT b_pkey PRIMARY KEY (id)
);
ALTER TABLE dw__app__public.a ADD CONSTRAINT a_b_fkey FOREIGN KEY (b) REFERENCES dw__app__public.b (id);
ALTER TABLE dw__app__public.b ADD CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES dw__app__public.a (id);
