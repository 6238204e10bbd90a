-- Language packs have versions.

-- The pack that the current revision was compiled with, "javascript@1": it stays until the function is compiled anew. NULL if
-- it has not been compiled.
ALTER TABLE functions ADD COLUMN engine TEXT;
UPDATE functions SET engine = 'javascript@1';

-- What became of functions for which there was a newer version of their pack.
CREATE TABLE engine_changes (
    function_id TEXT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    revision    TEXT NOT NULL,
    from_engine TEXT NOT NULL,
    to_engine   TEXT NOT NULL,
    switched    INTEGER NOT NULL,
    -- Recorded calls on which both were run.
    compared    INTEGER NOT NULL,
    -- JSON array of sentences.
    differences TEXT NOT NULL,
    -- Unix seconds.
    time        INTEGER NOT NULL,
    PRIMARY KEY (function_id, to_engine)
) STRICT, WITHOUT ROWID;
