-- counts: 1 values do not fit uuid, or come out as others
-- refused: 22P02
-- harmless: transformable

-- before
CREATE TABLE t (a text);

-- after
ALTER TABLE t ALTER a TYPE uuid USING a::uuid;

-- rows that break it
INSERT INTO t VALUES ('x');

-- rows that do not
INSERT INTO t VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
