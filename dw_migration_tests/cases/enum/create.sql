-- An enum and a column of it.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
ALTER TABLE t ADD mood mood DEFAULT 'it''s ok';

-- plan
CREATE TYPE dw__app__public.mood AS ENUM ('sad', 'it''s ok', 'happy');
ALTER TABLE dw__app__public.t ADD COLUMN mood dw__app__public.mood DEFAULT 'it''s ok'::dw__app__public.mood;
