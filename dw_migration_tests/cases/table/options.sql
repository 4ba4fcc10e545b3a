-- Storage parameters come, change and go.

-- before
CREATE TABLE a (id int) WITH (fillfactor = 70, autovacuum_enabled = false);
CREATE TABLE b (id int, t text);

-- rows
INSERT INTO a VALUES (1);

-- after
ALTER TABLE a RESET (autovacuum_enabled);
ALTER TABLE a SET (fillfactor = 80);
ALTER TABLE b SET (autovacuum_vacuum_scale_factor = 0.5, parallel_workers = 2);
CREATE TABLE c (id int) WITH (fillfactor = 55);

-- plan
ALTER TABLE dw__app__public.a RESET (autovacuum_enabled);
ALTER TABLE dw__app__public.a SET (fillfactor='80');
ALTER TABLE dw__app__public.b SET (autovacuum_vacuum_scale_factor='0.5', parallel_workers='2');
CREATE TABLE dw__app__public.c (
    id integer
) WITH (fillfactor='55');
