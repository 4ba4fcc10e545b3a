-- PostgreSQL 18 has keys over periods.
-- needs: 18

-- before
CREATE EXTENSION btree_gist;
CREATE TABLE p (id int, during daterange);
CREATE TABLE t (id int, during daterange);

-- after
ALTER TABLE p ADD CONSTRAINT p_key PRIMARY KEY (id, during WITHOUT OVERLAPS);
ALTER TABLE t ADD CONSTRAINT t_fk FOREIGN KEY (id, PERIOD during) REFERENCES p (id, PERIOD during);

-- plan
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.p ALTER COLUMN during SET NOT NULL;
-- finding: requires_value breaking
ALTER TABLE dw__app__public.p ALTER COLUMN id SET NOT NULL;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_key PRIMARY KEY (id, during WITHOUT OVERLAPS);
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.t ADD CONSTRAINT t_fk FOREIGN KEY (id, PERIOD during) REFERENCES dw__app__public.p (id, PERIOD during);
