-- What a function's document holds beside its public part for those who see the database as CouchDB does: KAZOO's private
-- fields, as JSON.
ALTER TABLE revisions ADD COLUMN private TEXT NOT NULL DEFAULT '{}';

-- Documents that are not functions, and what is left of functions that were deleted. No id is in here and in `functions`.
CREATE TABLE documents (
    id       TEXT PRIMARY KEY,
    revision TEXT NOT NULL,
    deleted  INTEGER NOT NULL,
    -- JSON, without the members whose names begin with `_`.
    body     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Names of all revisions that are known of a document, and which each follows: NULL if that is not known.
CREATE TABLE revision_tree (
    document_id TEXT NOT NULL,
    revision    TEXT NOT NULL,
    parent      TEXT,
    PRIMARY KEY (document_id, revision)
) STRICT, WITHOUT ROWID;
INSERT INTO revision_tree
SELECT this.function_id, this.revision, before.revision
FROM revisions AS this LEFT JOIN revisions AS before
ON before.function_id = this.function_id AND before.generation = this.generation - 1;

-- The last write of each document; writes are numbered in their order, and no number is used twice.
CREATE TABLE changes (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO changes (document_id) SELECT id FROM functions ORDER BY created, id;

-- What replicators note down. `revision` counts up from 1.
CREATE TABLE local_documents (
    id       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Triggers, because functions also go when their account does. Not `INSERT OR REPLACE`: what the statement that fires a
-- trigger says of conflicts would hold in it.
CREATE TRIGGER function_changed AFTER UPDATE OF generation ON functions BEGIN
    DELETE FROM changes WHERE document_id = NEW.id;
    INSERT INTO changes (document_id) VALUES (NEW.id);
END;
CREATE TRIGGER document_added AFTER INSERT ON documents BEGIN
    DELETE FROM changes WHERE document_id = NEW.id;
    INSERT INTO changes (document_id) VALUES (NEW.id);
END;
CREATE TRIGGER document_changed AFTER UPDATE ON documents BEGIN
    DELETE FROM changes WHERE document_id = NEW.id;
    INSERT INTO changes (document_id) VALUES (NEW.id);
END;
CREATE TRIGGER function_gone BEFORE DELETE ON functions
WHEN NOT EXISTS (SELECT 1 FROM documents WHERE id = OLD.id) BEGIN
    INSERT INTO documents (id, revision, deleted, body)
    SELECT OLD.id, (CAST(revision AS INTEGER) + 1) || '-' || lower(hex(randomblob(16))), 1, '{}'
    FROM revisions WHERE function_id = OLD.id AND generation = OLD.generation;
    INSERT OR IGNORE INTO revision_tree (document_id, revision, parent)
    SELECT OLD.id, documents.revision, revisions.revision
    FROM documents JOIN revisions ON function_id = id AND generation = OLD.generation WHERE id = OLD.id;
END;

CREATE VIEW all_documents AS
SELECT id, revision, 0 AS deleted, document AS body, account_id, private, functions.deleted AS hidden, disable_reason,
       functions.created, revisions.created AS modified
FROM functions JOIN revisions ON function_id = id AND revisions.generation = functions.generation
UNION ALL
SELECT id, revision, deleted, body, NULL, '{}', 0, NULL, 0, 0 FROM documents;
