-- A domain with all that it can have.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE DOMAIN code AS varchar(10) COLLATE "C" DEFAULT 'x' NOT NULL CHECK (VALUE <> '') CONSTRAINT short CHECK (length(VALUE) < 9);
ALTER TABLE t ADD code code;
