-- A key of a domain, and a foreign key to it, stand in the way of another base type.

-- before
CREATE DOMAIN amount AS int;
CREATE TABLE t (a amount PRIMARY KEY);
CREATE TABLE u (id int PRIMARY KEY, a amount REFERENCES t);

-- rows
INSERT INTO t VALUES (5);
INSERT INTO u VALUES (1, 5);

-- after
ALTER TABLE u DROP CONSTRAINT u_a_fkey;
ALTER DOMAIN amount RENAME TO amount_old;
CREATE DOMAIN amount AS bigint;
ALTER TABLE t ALTER a TYPE amount;
ALTER TABLE u ALTER a TYPE amount;
DROP DOMAIN amount_old;
ALTER TABLE u ADD CONSTRAINT u_a_fkey FOREIGN KEY (a) REFERENCES t;

-- plan
ALTER TABLE dw__app__public.u DROP CONSTRAINT u_a_fkey;
-- finding: changes_type transformable
ALTER DOMAIN dw__app__public.amount RENAME TO amount__before;
CREATE DOMAIN dw__app__public.amount AS bigint;
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE dw__app__public.amount USING a::integer::dw__app__public.amount;
ALTER TABLE dw__app__public.u ALTER COLUMN a TYPE dw__app__public.amount USING a::integer::dw__app__public.amount;
DROP DOMAIN dw__app__public.amount__before;
ALTER TABLE dw__app__public.u ADD CONSTRAINT u_a_fkey FOREIGN KEY (a) REFERENCES dw__app__public.t (a);
