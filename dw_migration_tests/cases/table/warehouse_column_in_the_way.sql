-- A column that somebody added by hand is not taken for ours.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- target
ALTER TABLE dw__app__public.t ADD x text;

-- after
ALTER TABLE t ADD x int;

-- error
NotOurs: in the target already, and not made by us: column dw__app__public.t.x. Rename or drop what is in the way, or take it over with `apply --adopt`
