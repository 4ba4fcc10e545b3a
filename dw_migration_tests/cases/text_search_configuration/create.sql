-- Configurations with dictionaries of their own, under literals in indexes, generated columns, defaults and views.

-- before
CREATE TABLE "T" (id int, body text);

-- rows
INSERT INTO "T" VALUES (1, 'some words');

-- after
CREATE TEXT SEARCH DICTIONARY "Stem" (TEMPLATE = snowball, language = english, stopwords = english);
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, accept = false);
CREATE TEXT SEARCH CONFIGURATION "Cfg" (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION "Cfg" ADD MAPPING FOR asciiword, word, hword WITH plain, "Stem";
ALTER TEXT SEARCH CONFIGURATION "Cfg" ADD MAPPING FOR "int", email WITH simple;
CREATE TEXT SEARCH CONFIGURATION copied (COPY = english);
CREATE TEXT SEARCH CONFIGURATION empty (PARSER = "default");
COMMENT ON TEXT SEARCH CONFIGURATION "Cfg" IS 'it''s ours';
COMMENT ON TEXT SEARCH DICTIONARY "Stem" IS 'stems';
ALTER TABLE "T" ADD g tsvector GENERATED ALWAYS AS (to_tsvector('"Cfg"', body)) STORED;
ALTER TABLE "T" ADD d tsquery DEFAULT to_tsquery('copied', 'x');
CREATE INDEX ON "T" USING gin (to_tsvector('"Cfg"', body));
CREATE VIEW v AS SELECT to_tsvector('copied', body) AS "V", ts_lexize('"Stem"', body) FROM "T";

-- plan
CREATE TEXT SEARCH DICTIONARY dw__app__public.plain (TEMPLATE = pg_catalog.simple, accept = 'false');
CREATE TEXT SEARCH DICTIONARY dw__app__public.stem (TEMPLATE = pg_catalog.snowball, language = 'english', stopwords = 'english');
CREATE TEXT SEARCH CONFIGURATION dw__app__public.cfg (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION dw__app__public.cfg ADD MAPPING FOR asciiword, word, hword WITH dw__app__public.plain, dw__app__public.stem;
ALTER TEXT SEARCH CONFIGURATION dw__app__public.cfg ADD MAPPING FOR email, "int" WITH pg_catalog.simple;
CREATE TEXT SEARCH CONFIGURATION dw__app__public.copied (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION dw__app__public.copied ADD MAPPING FOR asciiword, word, hword_part, hword_asciipart, asciihword, hword WITH pg_catalog.english_stem;
ALTER TEXT SEARCH CONFIGURATION dw__app__public.copied ADD MAPPING FOR numword, email, url, host, sfloat, version, hword_numpart, numhword, url_path, file, "float", "int", uint WITH pg_catalog.simple;
CREATE TEXT SEARCH CONFIGURATION dw__app__public.empty (PARSER = pg_catalog."default");
-- finding: volatile_default transformable
ALTER TABLE dw__app__public.t ADD COLUMN d tsquery DEFAULT to_tsquery('dw__app__public.copied'::regconfig, 'x'::text);
ALTER TABLE dw__app__public.t ADD COLUMN g tsvector GENERATED ALWAYS AS (to_tsvector('dw__app__public.cfg'::regconfig, body)) STORED;
CREATE VIEW dw__app__public.v (v, ts_lexize) AS
 SELECT to_tsvector('dw__app__public.copied'::regconfig, body) AS v,
    ts_lexize('dw__app__public.stem'::regdictionary, body) AS ts_lexize
   FROM dw__app__public.t;
CREATE INDEX t_to_tsvector_idx ON dw__app__public.t USING gin (to_tsvector('dw__app__public.cfg'::regconfig, body));
COMMENT ON TEXT SEARCH CONFIGURATION dw__app__public.cfg IS 'it''s ours';
COMMENT ON TEXT SEARCH DICTIONARY dw__app__public.stem IS 'stems';
