-- A range stands between an enum and rows: its new self cannot stand beside the old one.

-- before
CREATE TYPE size AS ENUM ('s', 'm', 'l');
CREATE TYPE sizes AS RANGE (subtype = size);
CREATE TABLE t (id int PRIMARY KEY, s sizes, m sizes_multirange);

-- rows
INSERT INTO t VALUES (1, '[s,l]', '{[s,l]}');

-- after
ALTER TABLE t ALTER s TYPE text, ALTER m TYPE text;
DROP TYPE sizes;
DROP TYPE size;
CREATE TYPE size AS ENUM ('s', 'l');
CREATE TYPE sizes AS RANGE (subtype = size);
ALTER TABLE t ALTER s TYPE sizes USING s::sizes, ALTER m TYPE sizes_multirange USING m::sizes_multirange;

-- error
Unsupported: range type dw__app__public.sizes can only be dropped and created, and column dw__app__public.t.m, column dw__app__public.t.s would lose rows: change it by a hand-written revision
