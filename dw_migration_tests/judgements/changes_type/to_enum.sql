-- counts: 1 values do not fit dw__app__public.mood, or come out as others
-- refused: 22P02
-- harmless: transformable

-- before
CREATE TYPE mood AS ENUM ('glad'); CREATE TABLE t (a text);

-- after
ALTER TABLE t ALTER a TYPE mood USING a::mood;

-- rows that break it
INSERT INTO t VALUES ('sad');

-- rows that do not
INSERT INTO t VALUES ('glad');
