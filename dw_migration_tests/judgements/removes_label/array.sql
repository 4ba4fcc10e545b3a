-- refused: 22P02

-- before
CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE t (a mood[]);

-- after
ALTER TABLE t ALTER a TYPE text[]; DROP TYPE mood; CREATE TYPE mood AS ENUM ('glad'); ALTER TABLE t ALTER a TYPE mood[] USING a::mood[];

-- rows that break it
INSERT INTO t VALUES ('{sad}');
