-- Another base type: the domain is replaced, its columns carried over.

-- before
CREATE DOMAIN amount AS int DEFAULT 1 CHECK (VALUE > 0);
CREATE TABLE t (id int PRIMARY KEY, a amount, b amount[]);
CREATE INDEX t_a ON t (a);

-- rows
INSERT INTO t VALUES (1, 5, '{6,7}');

-- after
ALTER DOMAIN amount RENAME TO amount_old;
CREATE DOMAIN amount AS bigint DEFAULT 1 CONSTRAINT amount_check CHECK (VALUE > 0);
ALTER TABLE t ALTER a TYPE amount, ALTER b TYPE amount[] USING b::text::amount[];
DROP DOMAIN amount_old;

-- plan
-- finding: changes_type transformable
ALTER DOMAIN dw__app__public.amount RENAME TO amount__before;
CREATE DOMAIN dw__app__public.amount AS bigint DEFAULT 1
    CONSTRAINT amount_check CHECK ((VALUE > 0));
ALTER TABLE dw__app__public.t ALTER COLUMN a TYPE dw__app__public.amount USING a::integer::dw__app__public.amount;
ALTER TABLE dw__app__public.t ALTER COLUMN b TYPE dw__app__public.amount[] USING b::integer[]::dw__app__public.amount[];
DROP DOMAIN dw__app__public.amount__before;
