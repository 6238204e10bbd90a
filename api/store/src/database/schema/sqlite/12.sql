-- What attempts are looked for by has columns of its own. Numbers are never used again: whoever follows attempts goes on behind the
-- last number that was seen.
CREATE TABLE attempts_12 (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    function_id TEXT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    -- Unix milliseconds.
    time        INTEGER NOT NULL,
    -- Of the function.
    revision    TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    -- NULL: no router asked.
    router      TEXT,
    -- How the router calls the call.
    call_id     TEXT,
    -- JSON.
    attempt     TEXT NOT NULL
) STRICT;
INSERT INTO attempts_12 (number, account_id, function_id, time, revision, outcome, attempt)
SELECT number, account_id, function_id, time,
       coalesce(attempt ->> '$.revision', ''), coalesce(attempt ->> '$.outcome', ''), attempt
FROM attempts;
DROP TABLE attempts;
ALTER TABLE attempts_12 RENAME TO attempts;
CREATE INDEX attempts_of_account ON attempts (account_id, time);
CREATE INDEX attempts_of_function ON attempts (function_id, time);
CREATE INDEX attempts_by_time ON attempts (time);
CREATE INDEX attempts_as_written ON attempts (account_id, number);

-- Why a revision was written, in its author's words.
ALTER TABLE revisions ADD COLUMN message TEXT;
