-- Indexes of every sort.

-- before
CREATE TABLE t (a int, b text, c jsonb, d int[], e timestamptz, f point);

-- rows
INSERT INTO t VALUES (1, 'x', '{}', '{1}', '2020-01-01', '(1,2)');

-- after
CREATE INDEX i1 ON t (a);
CREATE UNIQUE INDEX i2 ON t (a, b);
CREATE INDEX i3 ON t (b text_pattern_ops, a DESC NULLS LAST);
CREATE INDEX i4 ON t (b COLLATE "C") INCLUDE (a);
CREATE INDEX i5 ON t USING gin (c jsonb_path_ops);
CREATE INDEX i6 ON t USING gin (d) WITH (fastupdate = off);
CREATE INDEX i7 ON t USING brin (e) WITH (pages_per_range = 16);
CREATE INDEX i8 ON t USING gist (f);
CREATE INDEX i9 ON t USING hash (a);
CREATE INDEX i10 ON t (lower(b), (a + 1)) WHERE a > 0 AND b <> 'it''s';
CREATE INDEX i11 ON t USING spgist (b);

-- plan
CREATE INDEX i1 ON dw__app__public.t USING btree (a);
CREATE INDEX i10 ON dw__app__public.t USING btree (lower(b), ((a + 1))) WHERE ((a > 0) AND (b <> 'it''s'::text));
CREATE INDEX i11 ON dw__app__public.t USING spgist (b);
-- finding: adds_key breaking
CREATE UNIQUE INDEX i2 ON dw__app__public.t USING btree (a, b);
CREATE INDEX i3 ON dw__app__public.t USING btree (b text_pattern_ops, a DESC NULLS LAST);
CREATE INDEX i4 ON dw__app__public.t USING btree (b COLLATE "C") INCLUDE (a);
CREATE INDEX i5 ON dw__app__public.t USING gin (c jsonb_path_ops);
CREATE INDEX i6 ON dw__app__public.t USING gin (d) WITH (fastupdate=off);
CREATE INDEX i7 ON dw__app__public.t USING brin (e) WITH (pages_per_range='16');
CREATE INDEX i8 ON dw__app__public.t USING gist (f);
CREATE INDEX i9 ON dw__app__public.t USING hash (a);
