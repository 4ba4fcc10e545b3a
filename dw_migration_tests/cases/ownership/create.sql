-- A sequence begins to belong to a column.

-- before
CREATE SEQUENCE s;
CREATE TABLE t (id int DEFAULT nextval('s'));

-- after
ALTER SEQUENCE s OWNED BY t.id;

-- plan
ALTER SEQUENCE dw__app__public.s OWNED BY dw__app__public.t.id;
