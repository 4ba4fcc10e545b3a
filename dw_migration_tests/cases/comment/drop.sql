-- Comments go.

-- before
CREATE TABLE t (id int);
COMMENT ON TABLE t IS 'one';
COMMENT ON COLUMN t.id IS 'two';

-- after
COMMENT ON TABLE t IS NULL;
COMMENT ON COLUMN t.id IS NULL;

-- plan
COMMENT ON TABLE dw__app__public.t IS NULL;
COMMENT ON COLUMN dw__app__public.t.id IS NULL;
