-- What accounts keep is bounded, and so it is counted.

-- Bytes that a revision takes: its document, its secrets, its private fields, what a row takes anyway, and the snapshots that
-- were made of it. Those of before this was counted are left out.
ALTER TABLE revisions ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE revisions SET bytes = 512 + octet_length(document) + octet_length(private) + coalesce(octet_length(secrets), 0);

-- Functions that are not deleted, and the bytes of all revisions, of deleted functions too.
ALTER TABLE accounts ADD COLUMN functions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN function_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE accounts SET
    functions = (SELECT count(*) FROM functions WHERE account_id = accounts.id AND deleted = 0),
    function_bytes = (SELECT coalesce(sum(bytes), 0) FROM revisions JOIN functions ON functions.id = function_id
                      WHERE account_id = accounts.id);

CREATE TRIGGER function_counted AFTER INSERT ON functions BEGIN
    UPDATE accounts SET functions = functions + 1 - NEW.deleted WHERE id = NEW.account_id;
END;
CREATE TRIGGER function_counted_anew AFTER UPDATE OF deleted ON functions WHEN NEW.deleted <> OLD.deleted BEGIN
    UPDATE accounts SET functions = functions + OLD.deleted - NEW.deleted WHERE id = NEW.account_id;
END;
CREATE TRIGGER function_not_counted BEFORE DELETE ON functions BEGIN
    UPDATE accounts SET
        functions = functions - 1 + OLD.deleted,
        function_bytes = function_bytes - (SELECT coalesce(sum(bytes), 0) FROM revisions WHERE function_id = OLD.id)
    WHERE id = OLD.account_id;
END;
CREATE TRIGGER revision_counted AFTER INSERT ON revisions BEGIN
    UPDATE accounts SET function_bytes = function_bytes + NEW.bytes
    WHERE id = (SELECT account_id FROM functions WHERE id = NEW.function_id);
END;
CREATE TRIGGER revision_counted_anew AFTER UPDATE OF bytes ON revisions BEGIN
    UPDATE accounts SET function_bytes = function_bytes + NEW.bytes - OLD.bytes
    WHERE id = (SELECT account_id FROM functions WHERE id = NEW.function_id);
END;
