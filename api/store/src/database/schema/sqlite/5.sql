-- What call routers show to run one function. In the clear, because its owner is to be shown it again: it opens this
-- one function to calls, and nothing else.
CREATE TABLE function_keys (
    function_id TEXT PRIMARY KEY REFERENCES functions (id) ON DELETE CASCADE,
    key         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
