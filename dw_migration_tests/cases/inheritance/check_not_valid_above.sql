-- The heir's own check is valid, since it came with the heir.

-- before
CREATE TABLE a (x int);

-- after
CREATE TABLE b (id int, n int);
ALTER TABLE b ADD CONSTRAINT c CHECK (n > 5) NOT VALID;
CREATE TABLE d (y int) INHERITS (b);

-- plan
CREATE TABLE dw__app__public.b (
    id integer,
    n integer
);
ALTER TABLE dw__app__public.b ADD CONSTRAINT c CHECK ((n > 5)) NOT VALID;
CREATE TABLE dw__app__public.d (
    y integer
) INHERITS (dw__app__public.b);
