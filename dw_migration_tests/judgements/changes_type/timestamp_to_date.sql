-- counts: 1 values do not fit date, or come out as others
-- loses: t.a
-- harmless: transformable
-- differs: t.a

-- before
CREATE TABLE t (a timestamp);

-- after
ALTER TABLE t ALTER a TYPE date USING a::date;

-- rows that break it
INSERT INTO t VALUES ('2024-01-01 13:45');

-- rows that do not
INSERT INTO t VALUES ('2024-01-01');
