-- A second schema of the application becomes a second schema of the target.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id int PRIMARY KEY, t int REFERENCES t);

-- plan
CREATE SCHEMA IF NOT EXISTS dw__app__billing;
CREATE TABLE dw__app__billing.invoices (
    id integer NOT NULL,
    t integer,
    CONSTRAINT invoices_pkey PRIMARY KEY (id)
);
ALTER TABLE dw__app__billing.invoices ADD CONSTRAINT invoices_t_fkey FOREIGN KEY (t) REFERENCES dw__app__public.t (id);
