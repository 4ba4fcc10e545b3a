-- counts: 1 values are such a label
-- refused: 22P02
-- harmless: transformable

-- before
CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE t (a mood);

-- after
ALTER TABLE t ALTER a TYPE text; DROP TYPE mood; CREATE TYPE mood AS ENUM ('glad'); ALTER TABLE t ALTER a TYPE mood USING a::mood;

-- rows that break it
INSERT INTO t VALUES ('sad'), ('glad');

-- rows that do not
INSERT INTO t VALUES ('glad');
