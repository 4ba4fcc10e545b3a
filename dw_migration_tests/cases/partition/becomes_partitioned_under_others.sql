-- Around a table that becomes partitioned, what looks at its rows waits for them, and what is not ours is there again.

-- before
CREATE TYPE state AS ENUM ('new', 'done', 'never');
CREATE TABLE p (id int PRIMARY KEY, state state NOT NULL, number int, up int REFERENCES p);
CREATE VIEW v AS SELECT id FROM p;
CREATE MATERIALIZED VIEW m AS SELECT state, count(*) AS n FROM p GROUP BY state;
CREATE FUNCTION one(p) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE p ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON p USING (id > 1);
CREATE RULE none AS ON INSERT TO p WHERE NEW.id = 2 DO INSTEAD NOTHING;

-- rows
INSERT INTO p VALUES (1, 'new', 1, NULL), (3, 'done', 2, 1);

-- target
CREATE INDEX own ON dw__app__public.p (number);
CREATE VIEW dw__app__public.theirs AS SELECT id, state FROM dw__app__public.p;

-- after
CREATE TABLE kept AS SELECT * FROM p;
DROP TABLE p CASCADE;
CREATE TABLE p (id int PRIMARY KEY, state state NOT NULL, number bigint, up int) PARTITION BY LIST (id);
CREATE TABLE "P-1" PARTITION OF p FOR VALUES IN (1, 2);
CREATE TABLE rest PARTITION OF p DEFAULT;
INSERT INTO p SELECT * FROM kept;
DROP TABLE kept;
ALTER TABLE p ADD FOREIGN KEY (up) REFERENCES p;
CREATE VIEW v AS SELECT id FROM p;
CREATE MATERIALIZED VIEW m AS SELECT state, count(*) AS n FROM p GROUP BY state;
CREATE FUNCTION one(p) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE p ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON p USING (id > 1);
CREATE RULE none AS ON INSERT TO p WHERE NEW.id = 2 DO INSTEAD NOTHING;

-- plan
ALTER TABLE dw__app__public.p RENAME TO p__before;
-- finding: drops_index transformable
DROP INDEX dw__app__public.own;
DROP MATERIALIZED VIEW dw__app__public.m;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.p__before DROP CONSTRAINT p_up_fkey;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.p__before DROP CONSTRAINT p_pkey;
-- finding: drops_function breaking
DROP FUNCTION dw__app__public.one(dw__app__public.p__before);
-- finding: rebuilds_table transformable
-- finding: changes_type transformable
CREATE TABLE dw__app__public.p (
    id integer CONSTRAINT p_id_not_null NOT NULL,
    state dw__app__public.state CONSTRAINT p_state_not_null NOT NULL,
    number bigint,
    up integer,
    CONSTRAINT p_pkey PRIMARY KEY (id)
) PARTITION BY LIST (id);
CREATE FUNCTION dw__app__public.one(dw__app__public.p)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;
CREATE TABLE dw__app__public."p-1" (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT "p-1_pkey" PRIMARY KEY (id)
);
CREATE TABLE dw__app__public.rest (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT rest_pkey PRIMARY KEY (id)
);
-- finding: changes_view transformable
CREATE OR REPLACE VIEW dw__app__public.theirs (id, state) AS
 SELECT id,
    state
   FROM dw__app__public.p;
-- finding: changes_view transformable
CREATE OR REPLACE VIEW dw__app__public.v (id) AS
 SELECT id
   FROM dw__app__public.p;
CREATE INDEX own ON dw__app__public.p USING btree (number);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public."p-1" FOR VALUES IN (1, 2);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.rest DEFAULT;
INSERT INTO dw__app__public.p (id, state, number, up) SELECT id, state, number, up FROM dw__app__public.p__before;
DROP TABLE dw__app__public.p__before;
-- finding: adds_foreign_key breaking
ALTER TABLE dw__app__public.p ADD CONSTRAINT p_up_fkey FOREIGN KEY (up) REFERENCES dw__app__public.p (id);
-- finding: changes_view transformable
CREATE MATERIALIZED VIEW dw__app__public.m (state, n) AS
 SELECT state,
    count(*) AS n
   FROM dw__app__public.p
  GROUP BY state;
-- finding: runs_code transformable
CREATE RULE "none" AS
    ON INSERT TO dw__app__public.p
   WHERE (new.id = 2) DO INSTEAD NOTHING;
-- finding: hides_rows transformable
CREATE POLICY few ON dw__app__public.p FOR ALL TO PUBLIC USING ((id > 1));
-- finding: hides_rows breaking
ALTER TABLE dw__app__public.p ENABLE ROW LEVEL SECURITY;
ALTER TABLE dw__app__public.p FORCE ROW LEVEL SECURITY;
