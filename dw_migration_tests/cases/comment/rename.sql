-- Comments go along with what has another name, and may change at the same time.

-- before
CREATE TABLE t (id int CONSTRAINT p PRIMARY KEY, n int);
CREATE INDEX t_n ON t (n);
COMMENT ON TABLE t IS 'one';
COMMENT ON COLUMN t.n IS 'two';
COMMENT ON CONSTRAINT p ON t IS 'three';
COMMENT ON INDEX t_n IS 'four';

-- after
ALTER TABLE t RENAME TO z;
ALTER TABLE z RENAME n TO number;
ALTER TABLE z RENAME CONSTRAINT p TO q;
COMMENT ON COLUMN z.number IS 'five';

-- plan
-- finding: renames transformable
ALTER TABLE dw__app__public.t RENAME TO z;
-- finding: renames transformable
ALTER TABLE dw__app__public.z RENAME COLUMN n TO number;
ALTER TABLE dw__app__public.z RENAME CONSTRAINT p TO q;
COMMENT ON COLUMN dw__app__public.z.number IS 'five';
