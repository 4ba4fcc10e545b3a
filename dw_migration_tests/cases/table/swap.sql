-- Two tables exchange their names: the name wins.
-- rows differ: they do not follow the exchange

-- before
CREATE TABLE a (id int PRIMARY KEY, x int);
CREATE TABLE b (id int PRIMARY KEY, x int);

-- rows
INSERT INTO a VALUES (1, 1);
INSERT INTO b VALUES (2, 2);

-- after
ALTER TABLE a RENAME TO c;
ALTER TABLE b RENAME TO a;
ALTER TABLE c RENAME TO b;
ALTER INDEX a_pkey RENAME TO c_pkey;
ALTER INDEX b_pkey RENAME TO a_pkey;
ALTER INDEX c_pkey RENAME TO b_pkey;

-- plan
-- finding: keeps_rows_by_name breaking
-- finding: keeps_rows_by_name breaking
