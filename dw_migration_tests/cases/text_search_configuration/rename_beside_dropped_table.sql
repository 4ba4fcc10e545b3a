-- A configuration and a dictionary get other names while a table of the same name goes.

-- before
CREATE TEXT SEARCH DICTIONARY x (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION x (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION x ALTER MAPPING FOR asciiword WITH x;
CREATE TABLE x (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, a text, s tsvector GENERATED ALWAYS AS (to_tsvector('x', a)) STORED);
CREATE VIEW v AS SELECT ts_lexize('x'::regdictionary, a) AS l, to_tsvector('x'::regconfig, a) AS s FROM t;
COMMENT ON TEXT SEARCH DICTIONARY x IS 'a dictionary';

-- rows
INSERT INTO t VALUES (1, 'running');

-- after
DROP TABLE x;
ALTER TEXT SEARCH CONFIGURATION x RENAME TO "Found";
ALTER TEXT SEARCH DICTIONARY x RENAME TO "Words";

-- plan
-- finding: renames transformable
ALTER TEXT SEARCH DICTIONARY dw__app__public.x RENAME TO words;
-- finding: renames transformable
ALTER TEXT SEARCH CONFIGURATION dw__app__public.x RENAME TO found;
-- finding: drops_table breaking
DROP TABLE dw__app__public.x;
