-- Two keys over the same columns are two, although CREATE TABLE would make one of them.

-- before
CREATE TABLE x (id int);

-- after
CREATE TABLE t (id int PRIMARY KEY, n int UNIQUE, CHECK (n > 0));
ALTER TABLE t ADD CONSTRAINT again UNIQUE (id), ADD CONSTRAINT once_more UNIQUE (id), ADD CONSTRAINT n_again UNIQUE (n), ADD CHECK (n > 0);

-- plan
CREATE TABLE dw__app__public.t (
    id integer NOT NULL,
    n integer,
    CONSTRAINT t_pkey PRIMARY KEY (id),
    CONSTRAINT n_again UNIQUE (n),
    CONSTRAINT t_n_check CHECK ((n > 0)),
    CONSTRAINT t_n_check1 CHECK ((n > 0))
);
ALTER TABLE dw__app__public.t ADD CONSTRAINT again UNIQUE (id);
ALTER TABLE dw__app__public.t ADD CONSTRAINT once_more UNIQUE (id);
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_n_key UNIQUE (n);
