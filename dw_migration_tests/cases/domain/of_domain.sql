-- A domain over a domain, and its checks.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE DOMAIN amount AS int CHECK (VALUE > 0);
CREATE DOMAIN small AS amount CHECK (VALUE < 10);
ALTER TABLE t ADD n small;

-- plan
CREATE DOMAIN dw__app__public.amount AS integer
    CONSTRAINT amount_check CHECK ((VALUE > 0));
CREATE DOMAIN dw__app__public.small AS dw__app__public.amount
    CONSTRAINT small_check CHECK (((VALUE)::integer < 10));
ALTER TABLE dw__app__public.t ADD COLUMN n dw__app__public.small;
