-- spelt otherwise after the way down: in another order
-- Options added, changed and removed in place, whatever is in them; comments too.

-- before
CREATE TEXT SEARCH DICTIONARY added (TEMPLATE = simple);
CREATE TEXT SEARCH DICTIONARY changed (TEMPLATE = snowball, language = english, stopwords = english);
CREATE TEXT SEARCH DICTIONARY removed (TEMPLATE = simple, stopwords = english, accept = false);
COMMENT ON TEXT SEARCH DICTIONARY changed IS 'before';
COMMENT ON TEXT SEARCH DICTIONARY removed IS 'before';

-- after
ALTER TEXT SEARCH DICTIONARY added (stopwords = english, accept = true);
ALTER TEXT SEARCH DICTIONARY changed (language = german);
ALTER TEXT SEARCH DICTIONARY removed (stopwords);
COMMENT ON TEXT SEARCH DICTIONARY changed IS 'after';
COMMENT ON TEXT SEARCH DICTIONARY removed IS NULL;

-- plan
COMMENT ON TEXT SEARCH DICTIONARY dw__app__public.removed IS NULL;
-- finding: alters transformable
ALTER TEXT SEARCH DICTIONARY dw__app__public.added (stopwords = 'english', accept = 'true');
-- finding: alters transformable
ALTER TEXT SEARCH DICTIONARY dw__app__public.changed (language = 'german');
-- finding: alters transformable
ALTER TEXT SEARCH DICTIONARY dw__app__public.removed (stopwords);
COMMENT ON TEXT SEARCH DICTIONARY dw__app__public.changed IS 'after';
