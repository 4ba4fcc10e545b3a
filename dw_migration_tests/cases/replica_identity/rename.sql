-- Table and index get other names.

-- before
CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL);
CREATE UNIQUE INDEX a_n ON a (n);
ALTER TABLE a REPLICA IDENTITY USING INDEX a_n;

-- rows
INSERT INTO a VALUES (1, 2);

-- after
ALTER TABLE a RENAME TO z;
ALTER INDEX a_n RENAME TO z_n;
ALTER TABLE z RENAME n TO number;

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.a RENAME TO z;
ALTER INDEX dw__app__public.a_n RENAME TO z_n;
-- finding: renames transformable
ALTER TABLE dw__app__public.z RENAME COLUMN n TO number;
