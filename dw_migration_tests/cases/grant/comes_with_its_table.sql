-- Behind all that is made, and under a role whose name must be quoted
-- grants kept

-- before
CREATE ROLE "case_'Reader'";
CREATE TABLE orders (id int);

-- after
CREATE TABLE "Lines" (id int, "Price" numeric);
COMMENT ON TABLE "Lines" IS 'of orders';
GRANT ALL ON "Lines" TO "case_'Reader'";
GRANT REFERENCES ("Price") ON "Lines" TO PUBLIC;

-- plan
CREATE TABLE dw__app__public.lines (
    id integer,
    price numeric
);
COMMENT ON TABLE dw__app__public.lines IS 'of orders';
-- finding: changes_rights transformable
GRANT DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE ON TABLE dw__app__public.lines TO "case_'Reader'";
-- finding: changes_rights transformable
GRANT REFERENCES (price) ON TABLE dw__app__public.lines TO PUBLIC;
