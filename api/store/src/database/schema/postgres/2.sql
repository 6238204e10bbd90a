-- What servers that share the database tell each other. Each keeps entries in memory, and a row here says that entries are
-- out of date. Rows are kept for minutes: whoever has missed some forgets everything.

CREATE TABLE writes (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- `function`, `document`, `account`, `user` or `token`.
    kind       text COLLATE "C" NOT NULL,
    account_id text COLLATE "C",
    id         text COLLATE "C" NOT NULL,
    time       bigint NOT NULL DEFAULT extract(epoch FROM clock_timestamp())::bigint
);

-- As changes are: numbered inside COMMIT, in the order of commits. The notification only wakes the others; what they read
-- are rows.
CREATE FUNCTION note_write(kind text, account_id text, id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7310587012873318003);
    INSERT INTO writes (kind, account_id, id) VALUES (kind, account_id, id);
    PERFORM pg_notify('switchhook', '');
END $$;

CREATE FUNCTION function_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed functions;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    PERFORM note_write('function', changed.account_id, changed.id);
    RETURN NULL;
END $$;
-- Not when a server only notes what it compiled a function with: two servers with other language packs would wake each
-- other for ever.
CREATE CONSTRAINT TRIGGER function_written AFTER INSERT OR DELETE OR UPDATE OF generation ON functions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION function_written();

-- What calls of a function depend on beside it. A function that is gone has been noted itself.
CREATE FUNCTION function_part_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text;
    owner text;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD.function_id; ELSE changed := NEW.function_id; END IF;
    SELECT account_id INTO owner FROM functions WHERE id = changed;
    IF owner IS NOT NULL THEN
        PERFORM note_write('function', owner, changed);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER key_written AFTER INSERT OR UPDATE OR DELETE ON function_keys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION function_part_written();
CREATE CONSTRAINT TRIGGER engine_written AFTER INSERT OR UPDATE ON engine_changes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.switched = 1) EXECUTE FUNCTION function_part_written();

CREATE FUNCTION document_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_write('document', NULL, NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER document_written AFTER INSERT OR UPDATE ON documents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION document_written();

CREATE FUNCTION account_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_write('account', NULL, CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END);
    RETURN NULL;
END $$;
-- Not when functions are counted.
CREATE CONSTRAINT TRIGGER account_written AFTER INSERT OR DELETE OR UPDATE OF revision, enabled, document, tree ON accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION account_written();

CREATE FUNCTION user_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed users;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    PERFORM note_write('user', changed.account_id, changed.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER user_written AFTER INSERT OR UPDATE OR DELETE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION user_written();

CREATE FUNCTION token_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_write('token', NULL, encode(CASE TG_OP WHEN 'DELETE' THEN OLD.hash ELSE NEW.hash END, 'hex'));
    RETURN NULL;
END $$;
-- A token that has ended is refused by its time.
CREATE CONSTRAINT TRIGGER token_gone AFTER DELETE ON tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.expires IS NULL OR OLD.expires > extract(epoch FROM now())) EXECUTE FUNCTION token_written();
CREATE CONSTRAINT TRIGGER token_changed AFTER UPDATE ON tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_written();
CREATE CONSTRAINT TRIGGER token_revoked AFTER INSERT ON revoked_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_written();

-- The key of the cookies of CouchDB's sessions, which all servers believe.
CREATE TABLE cookie_key (
    id  bigint PRIMARY KEY CHECK (id = 1),
    key bytea NOT NULL
);
