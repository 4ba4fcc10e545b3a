-- Key, foreign key and serial become bigint.

-- before
CREATE TABLE t (id serial PRIMARY KEY, n int DEFAULT 5 CHECK (n > 0));
CREATE TABLE u (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t int REFERENCES t);
CREATE INDEX u_t ON u (t);

-- rows
INSERT INTO t VALUES (1, 2);
INSERT INTO u OVERRIDING SYSTEM VALUE VALUES (1, 1);

-- after
ALTER TABLE t ALTER id TYPE bigint, ALTER n TYPE bigint;
ALTER SEQUENCE t_id_seq AS bigint;
ALTER TABLE u ALTER id TYPE bigint, ALTER t TYPE bigint;
