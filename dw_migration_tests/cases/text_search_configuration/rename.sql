-- Both get other names: literals follow, and nothing is built again.

-- before
CREATE TEXT SEARCH DICTIONARY stem (TEMPLATE = snowball, language = english);
CREATE TEXT SEARCH CONFIGURATION cfg (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION cfg ADD MAPPING FOR asciiword WITH stem;
CREATE TABLE t (body text, g tsvector GENERATED ALWAYS AS (to_tsvector('cfg', body)) STORED);
CREATE INDEX i ON t USING gin (to_tsvector('cfg', body));
CREATE VIEW v AS SELECT to_tsvector('cfg', body) AS words FROM t;

-- rows
INSERT INTO t VALUES ('some words');

-- after
ALTER TEXT SEARCH DICTIONARY stem RENAME TO "Stems";
ALTER TEXT SEARCH CONFIGURATION cfg RENAME TO english;

-- plan
-- finding: renames transformable
ALTER TEXT SEARCH DICTIONARY dw__app__public.stem RENAME TO stems;
-- finding: renames transformable
ALTER TEXT SEARCH CONFIGURATION dw__app__public.cfg RENAME TO english;
