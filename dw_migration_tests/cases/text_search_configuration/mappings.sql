-- A mapping more, one less, one of other dictionaries, two in another order: nothing stands in the way.

-- before
CREATE TEXT SEARCH DICTIONARY one (TEMPLATE = simple);
CREATE TEXT SEARCH DICTIONARY two (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION cfg (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION cfg ADD MAPPING FOR asciiword, word WITH one, two;
ALTER TEXT SEARCH CONFIGURATION cfg ADD MAPPING FOR email, url WITH one;
CREATE TABLE t (body text);
CREATE INDEX i ON t USING gin (to_tsvector('cfg', body));

-- rows
INSERT INTO t VALUES ('some words');

-- after
ALTER TEXT SEARCH CONFIGURATION cfg ALTER MAPPING FOR asciiword, word WITH two, one;
ALTER TEXT SEARCH CONFIGURATION cfg DROP MAPPING FOR email;
ALTER TEXT SEARCH CONFIGURATION cfg ALTER MAPPING FOR url WITH simple;
ALTER TEXT SEARCH CONFIGURATION cfg ADD MAPPING FOR host, "int" WITH two;

-- plan
-- finding: alters transformable
ALTER TEXT SEARCH CONFIGURATION dw__app__public.cfg DROP MAPPING FOR email;
ALTER TEXT SEARCH CONFIGURATION dw__app__public.cfg ALTER MAPPING FOR asciiword, word WITH dw__app__public.two, dw__app__public.one;
ALTER TEXT SEARCH CONFIGURATION dw__app__public.cfg ALTER MAPPING FOR url WITH pg_catalog.simple;
ALTER TEXT SEARCH CONFIGURATION dw__app__public.cfg ADD MAPPING FOR host, "int" WITH dw__app__public.two;
