-- counts: 1 values do not fit numeric(10,0), or come out as others
-- loses: t.a
-- harmless: transformable
-- differs: t.a

-- before
CREATE DOMAIN d AS numeric(10,2); CREATE TABLE t (a d);

-- after
ALTER DOMAIN d RENAME TO old; CREATE DOMAIN d AS numeric(10,0); ALTER TABLE t ALTER a TYPE d; DROP DOMAIN old;

-- rows that break it
INSERT INTO t VALUES (7.75);

-- rows that do not
INSERT INTO t VALUES (2);
