-- A key of text becomes a number, and what refers to it.

-- before
CREATE TABLE t (id text PRIMARY KEY);
CREATE TABLE u (id int PRIMARY KEY, t text REFERENCES t);

-- rows
INSERT INTO t VALUES ('1');
INSERT INTO u VALUES (1, '1');

-- after
ALTER TABLE u DROP CONSTRAINT u_t_fkey;
ALTER TABLE t ALTER id TYPE int USING id::int;
ALTER TABLE u ALTER t TYPE int USING t::int;
ALTER TABLE u ADD CONSTRAINT u_t_fkey FOREIGN KEY (t) REFERENCES t;

-- plan
ALTER TABLE dw__app__public.u DROP CONSTRAINT u_t_fkey;
ALTER TABLE dw__app__public.t DROP CONSTRAINT t_pkey;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN id TYPE integer USING id::integer;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.u ALTER COLUMN t TYPE integer USING t::integer;
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
ALTER TABLE dw__app__public.u ADD CONSTRAINT u_t_fkey FOREIGN KEY (t) REFERENCES dw__app__public.t (id);
