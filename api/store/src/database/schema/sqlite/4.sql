-- Who wrote a revision; NULL for the server itself, and for what was written before this was kept.
ALTER TABLE revisions ADD COLUMN auth_account_id TEXT;
ALTER TABLE revisions ADD COLUMN auth_user_id TEXT;

-- Why the server, and not its owner, has switched the function off; else NULL.
ALTER TABLE revisions ADD COLUMN disable_reason TEXT;

-- Whether this revision says that the function is deleted.
ALTER TABLE revisions ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
UPDATE revisions SET deleted = 1
WHERE (function_id, generation) IN (SELECT id, generation FROM functions WHERE deleted = 1);

-- There are few: who switches functions on again need not read the others.
CREATE INDEX revisions_disabled ON revisions (function_id, generation) WHERE disable_reason IS NOT NULL;

DROP VIEW current_functions;
CREATE VIEW current_functions AS
SELECT id, account_id, functions.deleted, revision, document, secrets, source, disable_reason,
       functions.created, revisions.created AS modified
FROM functions JOIN revisions ON function_id = id AND revisions.generation = functions.generation;

-- Calls that were made, as replies show them.
CREATE TABLE attempts (
    number      INTEGER PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    function_id TEXT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    -- Unix milliseconds.
    time        INTEGER NOT NULL,
    -- JSON.
    attempt     TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_of_account ON attempts (account_id, time);
CREATE INDEX attempts_of_function ON attempts (function_id, time);
CREATE INDEX attempts_by_time ON attempts (time);
