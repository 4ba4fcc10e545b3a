-- Less room for text.

-- before
CREATE TABLE t (a varchar(20) DEFAULT 'x', b text);

-- rows
INSERT INTO t VALUES ('a', 'b');

-- after
ALTER TABLE t ALTER a TYPE varchar(10), ALTER b TYPE varchar(5);
