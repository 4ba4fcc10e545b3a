-- A domain over a domain, and its checks.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE DOMAIN amount AS int CHECK (VALUE > 0);
CREATE DOMAIN small AS amount CHECK (VALUE < 10);
ALTER TABLE t ADD n small;
