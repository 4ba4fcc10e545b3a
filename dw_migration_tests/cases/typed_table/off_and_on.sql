-- A table that had the columns becomes one of the type; another is its own again, and goes its own way.

-- before
CREATE TYPE pair AS (a int, b text);
CREATE TYPE twin AS (a int, b text);
CREATE TABLE on_type (a int, b text);
CREATE TABLE off_type OF pair;
CREATE TABLE other OF pair;

-- rows
INSERT INTO on_type VALUES (1, 'x');
INSERT INTO off_type VALUES (1, 'x');
INSERT INTO other VALUES (1, 'x');

-- after
ALTER TABLE on_type OF pair;
ALTER TABLE off_type NOT OF;
ALTER TABLE off_type ADD c int;
ALTER TABLE other OF twin;

-- plan
ALTER TABLE dw__app__public.off_type NOT OF;
ALTER TABLE dw__app__public.other NOT OF;
ALTER TABLE dw__app__public.off_type ADD COLUMN c integer;
ALTER TABLE dw__app__public.on_type OF dw__app__public.pair;
ALTER TABLE dw__app__public.other OF dw__app__public.twin;
