-- Storage where the type changes too.

-- before
CREATE TABLE t (a text, b int, c text);
ALTER TABLE t ALTER a SET STORAGE EXTERNAL;

-- rows
INSERT INTO t VALUES ('1', 2, '3');

-- after
ALTER TABLE t ALTER a TYPE int USING a::int, ALTER b TYPE text, ALTER c TYPE varchar(10);
ALTER TABLE t ALTER b SET STORAGE EXTERNAL;
ALTER TABLE t ALTER c SET STORAGE MAIN;
