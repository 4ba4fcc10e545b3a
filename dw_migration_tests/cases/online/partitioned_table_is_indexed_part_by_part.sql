-- online

-- before
CREATE TABLE events (id int NOT NULL, at date NOT NULL, who int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE people (id int PRIMARY KEY);

-- rows
INSERT INTO people SELECT n FROM generate_series(1, 5) n;
INSERT INTO events SELECT n, date '2026-01-01' + n, 1 + n % 5 FROM generate_series(1, 50) n;

-- after
CREATE INDEX events_who_idx ON events (who);
ALTER TABLE events ADD PRIMARY KEY (id, at);
ALTER TABLE events ADD CONSTRAINT events_who_check CHECK (who > 0);
ALTER TABLE events ADD CONSTRAINT events_who_fkey FOREIGN KEY (who) REFERENCES people;
ALTER TABLE events ALTER COLUMN who SET NOT NULL;

-- plan
-- finding: requires_value breaking
ALTER TABLE dw__app__public.events ADD CONSTRAINT who__not_null CHECK (who IS NOT NULL) NOT VALID;
-- commit
ALTER TABLE dw__app__public.events VALIDATE CONSTRAINT who__not_null;
-- commit
ALTER TABLE dw__app__public.events ALTER COLUMN who SET NOT NULL;
ALTER TABLE dw__app__public.events DROP CONSTRAINT who__not_null;
-- finding: adds_check breaking
ALTER TABLE dw__app__public.events ADD CONSTRAINT events_who_check CHECK ((who > 0)) NOT VALID;
-- commit
ALTER TABLE dw__app__public.events VALIDATE CONSTRAINT events_who_check;
-- finding: adds_foreign_key breaking
-- commit
ALTER TABLE dw__app__public.events ADD CONSTRAINT events_who_fkey FOREIGN KEY (who) REFERENCES dw__app__public.people (id) NOT VALID;
-- commit
ALTER TABLE dw__app__public.events VALIDATE CONSTRAINT events_who_fkey;
-- finding: adds_key breaking
-- commit
CREATE UNIQUE INDEX CONCURRENTLY events_1_pkey ON dw__app__public.events_1 USING btree (id, at);
-- commit
ALTER TABLE dw__app__public.events_1 ADD CONSTRAINT events_1_pkey PRIMARY KEY USING INDEX events_1_pkey;
-- finding: adds_key breaking
-- commit
CREATE UNIQUE INDEX CONCURRENTLY events_2_pkey ON dw__app__public.events_2 USING btree (id, at);
-- commit
ALTER TABLE dw__app__public.events_2 ADD CONSTRAINT events_2_pkey PRIMARY KEY USING INDEX events_2_pkey;
-- finding: adds_key breaking
ALTER TABLE dw__app__public.events ADD CONSTRAINT events_pkey PRIMARY KEY (id, at);
-- commit
CREATE INDEX CONCURRENTLY events_1_who_idx ON dw__app__public.events_1 USING btree (who);
-- commit
CREATE INDEX CONCURRENTLY events_2_who_idx ON dw__app__public.events_2 USING btree (who);
-- commit
CREATE INDEX events_who_idx ON dw__app__public.events USING btree (who);
