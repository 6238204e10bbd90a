-- Tokens that were signed elsewhere and are kept here only to be refused: also when their account is deleted and made again.
CREATE TABLE revoked_tokens (
    -- SHA-256 of the token.
    hash    BLOB PRIMARY KEY,
    -- NULL: never.
    expires INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO revoked_tokens SELECT hash, expires FROM tokens WHERE revoked = 1;
DELETE FROM tokens WHERE revoked = 1;
ALTER TABLE tokens DROP COLUMN revoked;

-- Deleted functions are opened by no key, also when they are made again.
DELETE FROM function_keys WHERE function_id IN (SELECT id FROM functions WHERE deleted = 1);
