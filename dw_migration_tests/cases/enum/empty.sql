-- An enum without labels.

-- before
CREATE TABLE t (id int PRIMARY KEY);

-- after
CREATE TYPE nothing AS ENUM ();

-- error
SourceChanging: the schemas public changed each time they were read, for 20 s: run again when the migration that is going on there has ended
