-- A column of a partition key gets another type, another loses a label of its enum: PostgreSQL does neither in place.

-- before
CREATE TYPE state AS ENUM ('new', 'done', 'never');
CREATE TABLE p (id int NOT NULL, state state NOT NULL DEFAULT 'new', PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (100);
CREATE TABLE q (id int, s state, states state[]) PARTITION BY LIST (s);
CREATE TABLE q_new PARTITION OF q FOR VALUES IN ('new');
CREATE TABLE q_rest PARTITION OF q DEFAULT;

-- rows
INSERT INTO p VALUES (1, 'new'), (2, 'done');
INSERT INTO q VALUES (1, 'new', '{done}'), (2, 'done', NULL);

-- after
CREATE TYPE state2 AS ENUM ('new', 'done');
CREATE TABLE p2 (id bigint NOT NULL, state state2 NOT NULL DEFAULT 'new') PARTITION BY RANGE (id);
CREATE TABLE p2_1 PARTITION OF p2 FOR VALUES FROM (1) TO (100);
INSERT INTO p2 SELECT id, state::text::state2 FROM p;
DROP TABLE p;
ALTER TABLE p2 RENAME TO p;
ALTER TABLE p2_1 RENAME TO p1;
ALTER TABLE p ADD PRIMARY KEY (id);
CREATE TABLE q2 (id int, s state2, states state2[]) PARTITION BY LIST (s);
CREATE TABLE q2_new PARTITION OF q2 FOR VALUES IN ('new');
CREATE TABLE q2_rest PARTITION OF q2 DEFAULT;
INSERT INTO q2 SELECT id, s::text::state2, states::text[]::state2[] FROM q;
DROP TABLE q;
ALTER TABLE q2 RENAME TO q;
ALTER TABLE q2_new RENAME TO q_new;
ALTER TABLE q2_rest RENAME TO q_rest;
DROP TYPE state;
ALTER TYPE state2 RENAME TO state;

-- plan
ALTER TABLE dw__app__public.p RENAME TO p__before;
ALTER TABLE dw__app__public.p1 RENAME TO p1__before;
ALTER TABLE dw__app__public.q RENAME TO q__before;
ALTER TABLE dw__app__public.q_new RENAME TO q_new__before;
ALTER TABLE dw__app__public.q_rest RENAME TO q_rest__before;
-- finding: drops_constraint transformable
ALTER TABLE dw__app__public.p__before DROP CONSTRAINT p_pkey;
-- finding: removes_label breaking
ALTER TYPE dw__app__public.state RENAME TO state__before;
CREATE TYPE dw__app__public.state AS ENUM ('new', 'done');
-- finding: rebuilds_table transformable
-- finding: rebuilds_table breaking
-- finding: changes_type transformable
CREATE TABLE dw__app__public.p (
    id bigint CONSTRAINT p2_id_not_null NOT NULL,
    state dw__app__public.state DEFAULT 'new'::dw__app__public.state CONSTRAINT p_state_not_null NOT NULL,
    CONSTRAINT p_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE TABLE dw__app__public.p1 (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE,
    CONSTRAINT p1_pkey PRIMARY KEY (id)
);
-- finding: rebuilds_table transformable
CREATE TABLE dw__app__public.q (
    id integer,
    s dw__app__public.state,
    states dw__app__public.state[]
) PARTITION BY LIST (s);
CREATE TABLE dw__app__public.q_new (
    LIKE dw__app__public.q INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
CREATE TABLE dw__app__public.q_rest (
    LIKE dw__app__public.q INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
ALTER TABLE dw__app__public.p1 RENAME CONSTRAINT p_state_not_null TO p2_state_not_null;
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.p1 FOR VALUES FROM ('1') TO ('100');
INSERT INTO dw__app__public.p (id, state) SELECT id, state::text::dw__app__public.state FROM dw__app__public.p__before;
DROP TABLE dw__app__public.p__before;
-- finding: attaches_partition breaking
ALTER TABLE ONLY dw__app__public.q ATTACH PARTITION dw__app__public.q_new FOR VALUES IN ('new');
ALTER TABLE ONLY dw__app__public.q ATTACH PARTITION dw__app__public.q_rest DEFAULT;
INSERT INTO dw__app__public.q (id, s, states) SELECT id, s::text::dw__app__public.state, states::text[]::dw__app__public.state[] FROM dw__app__public.q__before;
DROP TABLE dw__app__public.q__before;
DROP TYPE dw__app__public.state__before;
