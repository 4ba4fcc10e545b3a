-- A domain over a domain stands in the way of another base type.

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

-- error
Unsupported: domain dw__app__public.small cannot change without dropping column dw__app__public.t.n, which holds rows: change it by a hand-written revision
