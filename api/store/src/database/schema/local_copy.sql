-- What a local copy has beside the tables of `schema/sqlite`.

-- What the copy is of, and how far it has come.
CREATE TABLE IF NOT EXISTS copied (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    -- The numbers of steps of both schemas. A copy of another version is made anew.
    version   TEXT NOT NULL,
    -- The address, without the password.
    database  TEXT NOT NULL,
    -- The history and the number of the last write that the copy knows of. NULL: nothing was copied yet.
    cluster   TEXT,
    timeline  INTEGER,
    number    INTEGER,
    -- How often the copy was begun anew.
    round     INTEGER NOT NULL DEFAULT 0,
    -- Whether `missing` has had everything that is to be copied.
    listed    INTEGER NOT NULL DEFAULT 0,
    -- Unix milliseconds. All writes before this moment are known.
    confirmed INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What is to be copied, in this order. A row gets a new number when what it names is written again.
CREATE TABLE IF NOT EXISTS missing (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- `function`, `account` or `token`.
    kind   TEXT NOT NULL,
    -- The hash of a token has hexadecimal digits.
    id     TEXT NOT NULL,
    UNIQUE (kind, id)
) STRICT;
