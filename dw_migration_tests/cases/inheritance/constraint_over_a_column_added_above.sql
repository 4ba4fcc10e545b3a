-- A table comes with an exclusion over a column that the one above gets in the same plan.

-- before
CREATE TABLE base ("Id" int PRIMARY KEY);

-- rows
INSERT INTO base VALUES (1);

-- after
CREATE TABLE heir (n int) INHERITS (base);
ALTER TABLE base ADD "More" int;
ALTER TABLE heir ADD CONSTRAINT alone EXCLUDE USING btree (n WITH =) WHERE ("More" IS NULL);

-- plan
ALTER TABLE dw__app__public.base ADD COLUMN more integer;
CREATE TABLE dw__app__public.heir (
    n integer,
    CONSTRAINT alone EXCLUDE USING btree (n WITH =) WHERE ((more IS NULL))
) INHERITS (dw__app__public.base);
