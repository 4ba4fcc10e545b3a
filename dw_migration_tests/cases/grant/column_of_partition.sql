-- grants kept
-- A column of a partition that is partitioned itself, and has a sequence.

-- before
CREATE ROLE case_reader;
CREATE TABLE a (id int, name varchar(20)) PARTITION BY RANGE (id);
ALTER TABLE a ADD b bigserial;
CREATE TABLE "user" PARTITION OF a FOR VALUES FROM (70) TO (80) PARTITION BY RANGE (id);
GRANT REFERENCES (b) ON "user" TO case_reader WITH GRANT OPTION;

-- after
DROP TABLE "user";

-- plan
-- finding: drops_table breaking
ALTER TABLE dw__app__public.a DETACH PARTITION dw__app__public."user";
DROP TABLE dw__app__public."user";
