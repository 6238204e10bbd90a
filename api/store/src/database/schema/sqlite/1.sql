-- Times are Unix seconds. Identifiers are 32 lower-case hexadecimal digits.

CREATE TABLE accounts (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    -- JSON array of the ids of all ancestors, the master account first.
    tree    TEXT NOT NULL,
    -- SHA-256 of the API key; the key itself is shown once and not kept.
    api_key BLOB NOT NULL UNIQUE,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    -- SHA-256 of the token.
    hash       BLOB PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE functions (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The current revision's generation.
    generation INTEGER NOT NULL,
    deleted    INTEGER NOT NULL DEFAULT 0,
    created    INTEGER NOT NULL
) STRICT;
CREATE INDEX functions_of_account ON functions (account_id, id) WHERE deleted = 0;

CREATE TABLE revisions (
    function_id TEXT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    generation  INTEGER NOT NULL,
    -- "N-<32 hex>", N being the generation.
    revision    TEXT NOT NULL,
    -- The whole public document as JSON, its source included.
    document    TEXT NOT NULL,
    -- SHA-256 of the source: with a guest's digest, the key of a snapshot.
    source      BLOB NOT NULL,
    created     INTEGER NOT NULL,
    PRIMARY KEY (function_id, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX revisions_by_source ON revisions (source);

-- Every function with its last revision, the deleted ones too.
CREATE VIEW current_functions AS
SELECT id, account_id, deleted, revision, document
FROM functions JOIN revisions ON function_id = id AND revisions.generation = functions.generation;

-- What compiling a source with a guest gave, zstd-compressed. Can be thrown away at any time: whatever is missing
-- is compiled again.
CREATE TABLE snapshots (
    guest    BLOB NOT NULL,
    source   BLOB NOT NULL,
    snapshot BLOB NOT NULL,
    PRIMARY KEY (guest, source)
) STRICT, WITHOUT ROWID;
