-- Nothing is left of the application, and of its objects in the target.

-- before
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE SEQUENCE s;
CREATE TABLE a (id serial PRIMARY KEY, m mood DEFAULT 'ok', p positive, b int);
CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
CREATE INDEX ON a (m);
COMMENT ON TABLE a IS 'hello';

-- after
DROP TABLE a, b;
DROP SEQUENCE s;
DROP DOMAIN positive;
DROP TYPE mood;

-- plan
ALTER SEQUENCE dw__app__public.a_id_seq OWNED BY NONE;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.a DROP CONSTRAINT a_b_fkey;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.b DROP CONSTRAINT b_a_fkey;
-- finding: drops_table breaking
DROP TABLE dw__app__public.a;
-- finding: drops_table breaking
DROP TABLE dw__app__public.b;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.a_id_seq;
-- finding: drops_type transformable
DROP SEQUENCE dw__app__public.s;
-- finding: drops_type transformable
DROP DOMAIN dw__app__public.positive;
-- finding: drops_type transformable
DROP TYPE dw__app__public.mood;
