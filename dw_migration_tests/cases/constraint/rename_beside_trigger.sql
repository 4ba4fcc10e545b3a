-- A constraint gets another name, and a trigger and a policy of the same name keep theirs.

-- before
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT x CHECK (a > 0));
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY x ON t USING (a > 1);
CREATE RULE x AS ON DELETE TO t DO ALSO NOTHING;
COMMENT ON TRIGGER x ON t IS 'a trigger';

-- rows
INSERT INTO t VALUES (1, 1);

-- after
ALTER TABLE t RENAME CONSTRAINT x TO y;

-- plan
ALTER TABLE dw__app__public.t RENAME CONSTRAINT x TO y;
