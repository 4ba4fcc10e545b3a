-- Two tables that refer to one another come together.

-- before
CREATE TABLE x (id int);

-- after
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;

-- error
Unsupported: these stand on one another in a ring: drop table dw__app__public.a, drop table dw__app__public.b: no order creates them
