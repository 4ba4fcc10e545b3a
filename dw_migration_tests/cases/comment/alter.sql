-- Comments change, with whatever is in them.

-- before
CREATE TABLE t (id int, n int);
COMMENT ON TABLE t IS 'one';
COMMENT ON COLUMN t.id IS 'two';
COMMENT ON COLUMN t.n IS 'three';

-- after
COMMENT ON TABLE t IS 'it''s "quoted" :name %s %(x)s {x} ${x} {{ x }} \n $$ -- ; /* */';
COMMENT ON COLUMN t.id IS E'two\nlines\r\n\tand a tab';
COMMENT ON COLUMN t.n IS E'\u202e \u200b ''''; DROP TABLE t; --';

-- plan
COMMENT ON TABLE dw__app__public.t IS 'it''s "quoted" :name %s %(x)s {x} ${x} {{ x }} \n $$ -- ; /* */';
COMMENT ON COLUMN dw__app__public.t.id IS 'two
lines
	and a tab';
COMMENT ON COLUMN dw__app__public.t.n IS '‮ ​ ''''; DROP TABLE t; --';
