-- The key of the cookies of CouchDB's sessions: a session outlives the process that began it.
CREATE TABLE cookie_key (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL
) STRICT;
