-- counts: 1 values do not fit numeric(10,0), or come out as others
-- loses: t.a
-- harmless: transformable
-- differs: t.a

-- before
CREATE TABLE t (a numeric(10,2));

-- after
ALTER TABLE t ALTER a TYPE numeric(10,0) USING a::numeric(10,0);

-- rows that break it
INSERT INTO t VALUES (7.75), (2);

-- rows that do not
INSERT INTO t VALUES (2);
