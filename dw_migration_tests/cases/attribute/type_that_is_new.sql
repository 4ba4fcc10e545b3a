-- before
CREATE TYPE state AS (a date, b int);

-- after
CREATE TYPE span AS RANGE (SUBTYPE = integer);
ALTER TYPE state ALTER ATTRIBUTE a TYPE span;
