-- Language packs of the operator's folder are put to the conformance test once.

-- What names a test that was passed: a SHA-256 over the pack, what it runs on, and the version of the program.
CREATE TABLE passed_tests (
    test BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
