-- counts: 1 values do not fit character varying(3), or come out as others
-- refused: 22001
-- harmless: transformable

-- before
CREATE TABLE t (a varchar(10));

-- after
ALTER TABLE t ALTER a TYPE varchar(3) USING a::varchar(3);

-- rows that break it
INSERT INTO t VALUES ('abcdef'), ('abc');

-- rows that do not
INSERT INTO t VALUES ('abc');
