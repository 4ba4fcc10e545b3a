-- Its comment is changed, and that of another taken away.

-- before
CREATE COLLATION one (PROVIDER = libc, LOCALE = 'C');
CREATE COLLATION two (PROVIDER = libc, LOCALE = 'C');
COMMENT ON COLLATION one IS 'before';
COMMENT ON COLLATION two IS 'before';

-- after
COMMENT ON COLLATION one IS 'after';
COMMENT ON COLLATION two IS NULL;

-- plan
COMMENT ON COLLATION dw__app__public.two IS NULL;
COMMENT ON COLLATION dw__app__public.one IS 'after';
