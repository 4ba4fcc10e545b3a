-- Statistics of columns and expressions, of some kinds and of all, with a target.

-- before
CREATE TABLE "T" (id int PRIMARY KEY, "A b" int, b int, c text);

-- after
CREATE STATISTICS "S 1" (ndistinct, dependencies) ON "A b", b FROM "T";
CREATE STATISTICS all_kinds ON b, "A b", lower(c) FROM "T";
CREATE STATISTICS one ON (lower(c)) FROM "T";
CREATE STATISTICS two (mcv) ON ("A b" % 10), (b % 10) FROM "T";
ALTER STATISTICS two SET STATISTICS 500;

-- plan
CREATE STATISTICS dw__app__public.all_kinds ON "a b", b, lower(c) FROM dw__app__public.t;
CREATE STATISTICS dw__app__public.one ON lower(c) FROM dw__app__public.t;
CREATE STATISTICS dw__app__public."s 1" (ndistinct, dependencies) ON "a b", b FROM dw__app__public.t;
CREATE STATISTICS dw__app__public.two (mcv) ON ("a b" % 10), (b % 10) FROM dw__app__public.t;
ALTER STATISTICS dw__app__public.two SET STATISTICS 500;
