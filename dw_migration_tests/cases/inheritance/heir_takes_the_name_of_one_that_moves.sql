-- An heir moves to another schema; another one, of a table further up, takes its name.
-- grants kept

-- before
CREATE TABLE b (id integer PRIMARY KEY, a date);
CREATE SCHEMA "Sales";
CREATE TABLE x () INHERITS (b);
ALTER TABLE b ALTER a SET DEFAULT '2020-02-29';
CREATE TABLE "Sales"."a.b" () INHERITS (x);

-- after
ALTER TABLE "Sales"."a.b" SET SCHEMA public;
CREATE TABLE "Sales"."a.b" () INHERITS (b);
