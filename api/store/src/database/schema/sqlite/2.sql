-- The rest of an account's public document, as JSON: `timezone` and whatever else its owner puts there.
ALTER TABLE accounts ADD COLUMN document TEXT NOT NULL DEFAULT '{}';

-- The secrets of `env`, encrypted with the operator's key; NULL if there are none.
ALTER TABLE revisions ADD COLUMN secrets BLOB;

DROP VIEW current_functions;
CREATE VIEW current_functions AS
SELECT id, account_id, deleted, revision, document, secrets
FROM functions JOIN revisions ON function_id = id AND revisions.generation = functions.generation;
