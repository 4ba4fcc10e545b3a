-- A table that refers to itself.

-- before
CREATE TABLE x (id int);

-- after
CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t ON DELETE CASCADE);

-- plan
CREATE TABLE dw__app__public.t (
    id integer NOT NULL,
    parent integer,
    CONSTRAINT t_pkey PRIMARY KEY (id)
);
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_parent_fkey FOREIGN KEY (parent) REFERENCES dw__app__public.t (id) ON DELETE CASCADE;
