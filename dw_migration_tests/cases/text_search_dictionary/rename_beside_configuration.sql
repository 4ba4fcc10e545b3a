-- A dictionary gets another name, and a configuration, a collation and a type of the same name keep theirs.

-- before
CREATE TEXT SEARCH DICTIONARY x (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION x (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION x ALTER MAPPING FOR asciiword WITH x;
CREATE COLLATION x (PROVIDER = libc, LOCALE = 'C');
CREATE TYPE x AS ENUM ('running');
CREATE TABLE t (id int PRIMARY KEY, a text COLLATE x, b x,
                s tsvector GENERATED ALWAYS AS (to_tsvector('x', a)) STORED);

-- rows
INSERT INTO t VALUES (1, 'running', 'running');

-- after
ALTER TEXT SEARCH DICTIONARY x RENAME TO "Words";

-- plan
-- finding: renames transformable
ALTER TEXT SEARCH DICTIONARY dw__app__public.x RENAME TO words;
