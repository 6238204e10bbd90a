-- Snapshots are kept for each account: what others have stored must not be told by what is compiled and what is not.
CREATE TABLE snapshots_11 (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    source     BLOB NOT NULL,
    guest      BLOB NOT NULL,
    snapshot   BLOB NOT NULL,
    PRIMARY KEY (account_id, source, guest)
) STRICT, WITHOUT ROWID;
INSERT INTO snapshots_11 (account_id, source, guest, snapshot)
SELECT DISTINCT account_id, snapshots.source, guest, snapshot
FROM snapshots JOIN revisions ON revisions.source = snapshots.source JOIN functions ON functions.id = function_id;
DROP TABLE snapshots;
ALTER TABLE snapshots_11 RENAME TO snapshots;
