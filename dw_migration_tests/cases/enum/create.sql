-- An enum and a column of it.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
ALTER TABLE t ADD mood mood DEFAULT 'it''s ok';
