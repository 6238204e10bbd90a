-- What lists and searches compare has columns of its own, written by the program: databases differ in how they fold letters and read
-- JSON. Only ASCII letters are folded, as before.
ALTER TABLE accounts ADD COLUMN realm_key TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
UPDATE accounts SET realm_key = lower(realm), sort_name = lower(name);
DROP INDEX accounts_by_realm;
CREATE UNIQUE INDEX accounts_by_realm ON accounts (realm_key) WHERE realm_key <> '';
DROP INDEX accounts_by_parent;
CREATE INDEX accounts_by_parent ON accounts (parent_id, sort_name, id);

-- Of a function's current document. NULL: the document names no language.
ALTER TABLE functions ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
ALTER TABLE functions ADD COLUMN language_pack TEXT;
UPDATE functions SET (enabled, language_pack) = (
    SELECT json_extract(document, '$.enabled') IS NOT 0, json_extract(document, '$.language_pack')
    FROM revisions WHERE function_id = id AND revisions.generation = functions.generation);
