-- counts: 1 values do not fit uuid, or come out as others
-- refused: 23505
-- harmless: transformable

-- before
CREATE TABLE t (a text PRIMARY KEY);

-- after
ALTER TABLE t ALTER a TYPE uuid USING a::uuid;

-- rows that break it
INSERT INTO t VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11');

-- rows that do not
INSERT INTO t VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
