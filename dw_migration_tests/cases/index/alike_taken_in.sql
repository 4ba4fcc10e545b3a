-- Of two indexes that are alike each is taken in by the one that took it in in the source, whatever their names are.

-- before
CREATE TABLE p (id int, a int) PARTITION BY HASH (a);
CREATE INDEX one ON p (id);

-- after
CREATE TABLE part PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE INDEX two ON p (id);
ALTER INDEX part_id_idx RENAME TO z;

-- plan
CREATE TABLE dw__app__public.part (
    LIKE dw__app__public.p INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE
);
CREATE INDEX z ON dw__app__public.part USING btree (id);
CREATE INDEX part_id_idx1 ON dw__app__public.part USING btree (id);
CREATE INDEX two ON dw__app__public.p USING btree (id);
ALTER TABLE ONLY dw__app__public.p ATTACH PARTITION dw__app__public.part FOR VALUES WITH (modulus 2, remainder 0);
