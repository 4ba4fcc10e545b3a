-- Another template is another dictionary; the configuration over it, and its index, make way.

-- before
CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION cfg (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION cfg ADD MAPPING FOR asciiword WITH words;
CREATE TABLE t (body text);
CREATE INDEX i ON t USING gin (to_tsvector('cfg', body));

-- rows
INSERT INTO t VALUES ('some words');

-- after
DROP TEXT SEARCH DICTIONARY words CASCADE;
CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = snowball, language = english);
CREATE TEXT SEARCH CONFIGURATION cfg (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION cfg ADD MAPPING FOR asciiword WITH words;
CREATE INDEX i ON t USING gin (to_tsvector('cfg', body));

-- plan
DROP INDEX dw__app__public.i;
DROP TEXT SEARCH CONFIGURATION dw__app__public.cfg;
DROP TEXT SEARCH DICTIONARY dw__app__public.words;
-- finding: alters transformable
CREATE TEXT SEARCH DICTIONARY dw__app__public.words (TEMPLATE = pg_catalog.snowball, language = 'english');
CREATE TEXT SEARCH CONFIGURATION dw__app__public.cfg (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION dw__app__public.cfg ADD MAPPING FOR asciiword WITH dw__app__public.words;
CREATE INDEX i ON dw__app__public.t USING gin (to_tsvector('dw__app__public.cfg'::regconfig, body));
