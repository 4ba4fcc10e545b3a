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
