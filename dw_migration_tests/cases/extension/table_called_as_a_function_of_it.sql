-- Only what belongs to the extension keeps its name and its schema, not what else is called so.

-- before
CREATE EXTENSION citext;
CREATE SEQUENCE strpos;
CREATE TABLE replace (id int PRIMARY KEY, "A" citext);

-- rows
INSERT INTO replace VALUES (1, 'Ab');

-- after
ALTER TABLE replace ALTER id SET DEFAULT nextval('strpos');
CREATE VIEW v AS SELECT r."A", NULL::replace AS whole FROM replace r, replace;

-- plan
ALTER TABLE dw__app__public.replace ALTER COLUMN id SET DEFAULT nextval('dw__app__public.strpos'::regclass);
CREATE VIEW dw__app__public.v (a, whole) AS
 SELECT r.a,
    NULL::dw__app__public.replace AS whole
   FROM dw__app__public.replace r,
    dw__app__public.replace;
