-- A varchar with an IN-list becomes text.

-- before
CREATE TABLE t (a varchar(20) DEFAULT 'x' CHECK (a IN ('x', 'y')));
CREATE INDEX t_a ON t (a) WHERE a <> 'x';

-- rows
INSERT INTO t VALUES ('x');

-- after
ALTER TABLE t ALTER a TYPE text;
