-- loses: t.a

-- before
CREATE TABLE t (a json);

-- after
ALTER TABLE t ALTER a TYPE jsonb USING a::jsonb;

-- rows that break it
INSERT INTO t VALUES ('{"x": 1, "x": 2}');
