-- A column gets a domain over its type.

-- before
CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 4, b int[]);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES (1, 5, '{3}');

-- after
CREATE DOMAIN amount AS int CHECK (VALUE > 0);
ALTER TABLE t ALTER a TYPE amount, ALTER b TYPE amount[];

-- plan
DROP INDEX dw__app__public.t_a;
ALTER TABLE dw__app__public.t ALTER COLUMN a DROP DEFAULT;
CREATE DOMAIN dw__app__public.amount AS integer
    CONSTRAINT amount_check CHECK ((VALUE > 0));
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE dw__app__public.amount USING a::text::dw__app__public.amount;
-- finding: changes_type breaking
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE dw__app__public.amount[] USING b::text[]::dw__app__public.amount[];
ALTER TABLE dw__app__public.t ALTER COLUMN a SET DEFAULT 4;
CREATE INDEX t_a ON dw__app__public.t USING btree (a);
