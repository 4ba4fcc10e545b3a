-- Configuration and dictionary go, with the index that stood on them.

-- before
CREATE TEXT SEARCH DICTIONARY stem (TEMPLATE = snowball, language = english);
CREATE TEXT SEARCH CONFIGURATION cfg (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION cfg ADD MAPPING FOR asciiword WITH stem;
COMMENT ON TEXT SEARCH CONFIGURATION cfg IS 'ours';
CREATE TABLE t (body text);
CREATE INDEX i ON t USING gin (to_tsvector('cfg', body));

-- rows
INSERT INTO t VALUES ('some words');

-- after
DROP INDEX i;
DROP TEXT SEARCH CONFIGURATION cfg;
DROP TEXT SEARCH DICTIONARY stem;

-- plan
-- finding: drops_index transformable
DROP INDEX dw__app__public.i;
-- finding: drops_type transformable
DROP TEXT SEARCH CONFIGURATION dw__app__public.cfg;
-- finding: drops_type transformable
DROP TEXT SEARCH DICTIONARY dw__app__public.stem;
