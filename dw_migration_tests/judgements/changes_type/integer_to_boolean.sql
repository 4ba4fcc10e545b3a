-- loses: t.a

-- before
CREATE TABLE t (a int);

-- after
ALTER TABLE t ALTER a TYPE boolean USING a::boolean;

-- rows that break it
INSERT INTO t VALUES (2);
