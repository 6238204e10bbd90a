-- Accounts below accounts. An account that others are below cannot be deleted: nothing cascades along `ancestor_id`.
ALTER TABLE accounts ADD COLUMN parent_id TEXT REFERENCES accounts (id);
CREATE TABLE ancestors (
    ancestor_id TEXT NOT NULL REFERENCES accounts (id),
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (ancestor_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ancestors_of_account ON ancestors (account_id);
INSERT INTO ancestors SELECT ancestor.value, accounts.id FROM accounts, json_each(tree) AS ancestor;
UPDATE accounts SET parent_id = json_extract(tree, '$[#-1]');

-- What is left of a name that is compared: lower-case letters and digits.
ALTER TABLE accounts ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE accounts SET name_key = replace(lower(name), ' ', '');
CREATE UNIQUE INDEX accounts_by_name ON accounts (name_key) WHERE name_key <> '';

ALTER TABLE accounts ADD COLUMN realm TEXT NOT NULL DEFAULT '';
UPDATE accounts SET realm = lower(hex(randomblob(6))) || '.sip.localhost';
CREATE UNIQUE INDEX accounts_by_realm ON accounts (realm COLLATE NOCASE) WHERE realm <> '';

-- Whether its tokens are let in.
ALTER TABLE accounts ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;

-- "N-<32 hex>", as for functions.
ALTER TABLE accounts ADD COLUMN revision TEXT NOT NULL DEFAULT '1-00000000000000000000000000000000';

-- The API key, encrypted with the operator's key; NULL if there was none, and then the key cannot be shown again.
ALTER TABLE accounts ADD COLUMN sealed_api_key BLOB;

CREATE INDEX accounts_by_parent ON accounts (parent_id, name COLLATE NOCASE, id);

CREATE TABLE users (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id         TEXT NOT NULL,
    revision   TEXT NOT NULL,
    -- The public document as JSON, without `id`.
    document   TEXT NOT NULL,
    -- Lower-case; NULL for who cannot log in.
    username   TEXT,
    enabled    INTEGER NOT NULL,
    -- Last name and first name: lists are in this order.
    sort_name  TEXT NOT NULL,
    -- Argon2id of what clients send to log in, the hexadecimal MD5 or SHA-1 of "username:password", salted with the
    -- account's id. The user's name is in there, so that this is a salt for each user.
    md5        BLOB,
    sha1       BLOB,
    created    INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_by_username ON users (account_id, username) WHERE username IS NOT NULL;
CREATE INDEX users_by_md5 ON users (account_id, md5);
CREATE INDEX users_by_sha1 ON users (account_id, sha1);

CREATE TABLE tokens_3 (
    -- SHA-256 of the token.
    hash       BLOB PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Whose it is, if it is not the account's as such.
    user_id    TEXT,
    created    INTEGER NOT NULL,
    -- NULL: never.
    expires    INTEGER,
    -- A token that was signed elsewhere and is kept here only to be refused.
    revoked    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO tokens_3 (hash, account_id, created) SELECT hash, account_id, created FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_3 RENAME TO tokens;
CREATE INDEX tokens_of_user ON tokens (account_id, user_id);
CREATE INDEX tokens_by_expiry ON tokens (expires) WHERE expires IS NOT NULL;
