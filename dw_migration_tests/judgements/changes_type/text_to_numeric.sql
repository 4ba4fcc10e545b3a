-- counts: 1 values do not fit numeric(10,2), or come out as others
-- loses: t.a
-- harmless: transformable

-- before
CREATE TABLE t (a text);

-- after
ALTER TABLE t ALTER a TYPE numeric(10,2) USING a::numeric(10,2);

-- rows that break it
INSERT INTO t VALUES ('1.239'), ('1.5');

-- rows that do not
INSERT INTO t VALUES ('1.50');
