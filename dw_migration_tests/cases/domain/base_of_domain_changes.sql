-- A domain over a domain is carried over with its base.

-- before
CREATE DOMAIN amount AS int;
CREATE DOMAIN small AS amount CHECK (VALUE < 10);
CREATE TABLE t (id int PRIMARY KEY, n small);

-- after
DROP TABLE t;
DROP DOMAIN small;
DROP DOMAIN amount;
CREATE DOMAIN amount AS bigint;
CREATE DOMAIN small AS amount CHECK (VALUE < 10);
CREATE TABLE t (id int PRIMARY KEY, n small);

-- plan
-- finding: changes_type transformable
ALTER DOMAIN dw__app__public.amount RENAME TO amount__before;
CREATE DOMAIN dw__app__public.amount AS bigint;
ALTER DOMAIN dw__app__public.small RENAME TO small__before;
CREATE DOMAIN dw__app__public.small AS dw__app__public.amount
    CONSTRAINT small_check CHECK (((VALUE)::bigint < 10));
ALTER TABLE dw__app__public.t ALTER COLUMN n TYPE dw__app__public.small USING n::text::dw__app__public.small;
DROP DOMAIN dw__app__public.small__before;
DROP DOMAIN dw__app__public.amount__before;
