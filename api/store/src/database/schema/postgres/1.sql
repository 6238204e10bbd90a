-- Times are Unix seconds unless said otherwise. Texts are compared by their bytes. What tables and columns mean is said in
-- the steps of `schema/sqlite`.

CREATE TABLE accounts (
    id             text COLLATE "C" PRIMARY KEY,
    name           text COLLATE "C" NOT NULL,
    name_key       text COLLATE "C" NOT NULL,
    sort_name      text COLLATE "C" NOT NULL,
    realm          text COLLATE "C" NOT NULL,
    realm_key      text COLLATE "C" NOT NULL,
    tree           text COLLATE "C" NOT NULL,
    parent_id      text COLLATE "C" REFERENCES accounts (id),
    api_key        bytea NOT NULL UNIQUE,
    sealed_api_key bytea,
    created        bigint NOT NULL,
    enabled        smallint NOT NULL,
    revision       text COLLATE "C" NOT NULL,
    document       text COLLATE "C" NOT NULL,
    functions      bigint NOT NULL DEFAULT 0,
    function_bytes bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX accounts_by_name ON accounts (name_key) WHERE name_key <> '';
CREATE UNIQUE INDEX accounts_by_realm ON accounts (realm_key) WHERE realm_key <> '';
CREATE INDEX accounts_by_parent ON accounts (parent_id, sort_name, id);
-- There is one master account, also when two servers make one at once.
CREATE UNIQUE INDEX master_account ON accounts (tree) WHERE tree = '[]';

CREATE TABLE ancestors (
    ancestor_id text COLLATE "C" NOT NULL REFERENCES accounts (id),
    account_id  text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (ancestor_id, account_id)
);
CREATE INDEX ancestors_of_account ON ancestors (account_id);

CREATE TABLE users (
    account_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id         text COLLATE "C" NOT NULL,
    revision   text COLLATE "C" NOT NULL,
    document   text COLLATE "C" NOT NULL,
    username   text COLLATE "C",
    enabled    smallint NOT NULL,
    sort_name  text COLLATE "C" NOT NULL,
    md5        bytea,
    sha1       bytea,
    created    bigint NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX users_by_username ON users (account_id, username) WHERE username IS NOT NULL;
CREATE INDEX users_by_md5 ON users (account_id, md5);
CREATE INDEX users_by_sha1 ON users (account_id, sha1);

CREATE TABLE tokens (
    hash       bytea PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id    text COLLATE "C",
    created    bigint NOT NULL,
    expires    bigint
);
CREATE INDEX tokens_of_user ON tokens (account_id, user_id);
CREATE INDEX tokens_by_expiry ON tokens (expires) WHERE expires IS NOT NULL;

CREATE TABLE revoked_tokens (
    hash    bytea PRIMARY KEY,
    expires bigint
);

CREATE TABLE functions (
    id            text COLLATE "C" PRIMARY KEY,
    account_id    text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    generation    bigint NOT NULL,
    deleted       smallint NOT NULL DEFAULT 0,
    created       bigint NOT NULL,
    engine        text COLLATE "C",
    enabled       smallint NOT NULL DEFAULT 1,
    language_pack text COLLATE "C"
);
CREATE INDEX functions_of_account ON functions (account_id, id) WHERE deleted = 0;

CREATE TABLE revisions (
    function_id     text COLLATE "C" NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    generation      bigint NOT NULL,
    revision        text COLLATE "C" NOT NULL,
    document        text COLLATE "C" NOT NULL,
    secrets         bytea,
    source          bytea NOT NULL,
    created         bigint NOT NULL,
    auth_account_id text COLLATE "C",
    auth_user_id    text COLLATE "C",
    disable_reason  text COLLATE "C",
    deleted         smallint NOT NULL DEFAULT 0,
    private         text COLLATE "C" NOT NULL DEFAULT '{}',
    bytes           bigint NOT NULL DEFAULT 0,
    message         text COLLATE "C",
    PRIMARY KEY (function_id, generation)
);
CREATE INDEX revisions_by_source ON revisions (source);
CREATE INDEX revisions_disabled ON revisions (function_id, generation) WHERE disable_reason IS NOT NULL;

CREATE VIEW current_functions AS
SELECT id, account_id, functions.deleted, revision, document, secrets, source, disable_reason,
       functions.created, revisions.created AS modified
FROM functions JOIN revisions ON function_id = id AND revisions.generation = functions.generation;

CREATE TABLE snapshots (
    account_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    source     bytea NOT NULL,
    guest      bytea NOT NULL,
    snapshot   bytea NOT NULL,
    PRIMARY KEY (account_id, source, guest)
);
-- The program compresses what it keeps in these.
ALTER TABLE snapshots ALTER COLUMN snapshot SET STORAGE EXTERNAL;

CREATE TABLE function_keys (
    function_id text COLLATE "C" PRIMARY KEY REFERENCES functions (id) ON DELETE CASCADE,
    key         text COLLATE "C" NOT NULL
);

CREATE TABLE engine_changes (
    function_id text COLLATE "C" NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    revision    text COLLATE "C" NOT NULL,
    from_engine text COLLATE "C" NOT NULL,
    to_engine   text COLLATE "C" NOT NULL,
    switched    smallint NOT NULL,
    compared    bigint NOT NULL,
    differences text COLLATE "C" NOT NULL,
    time        bigint NOT NULL,
    PRIMARY KEY (function_id, to_engine)
);

CREATE TABLE passed_tests (
    test bytea PRIMARY KEY
);

CREATE TABLE attempts (
    number      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    account_id  text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    function_id text COLLATE "C" NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    -- Unix milliseconds.
    time        bigint NOT NULL,
    revision    text COLLATE "C" NOT NULL,
    outcome     text COLLATE "C" NOT NULL,
    router      text COLLATE "C",
    call_id     text COLLATE "C",
    attempt     text COLLATE "C" NOT NULL
);
CREATE INDEX attempts_of_account ON attempts (account_id, time);
CREATE INDEX attempts_of_function ON attempts (function_id, time);
CREATE INDEX attempts_by_time ON attempts (time);
CREATE INDEX attempts_as_written ON attempts (account_id, number);

CREATE TABLE documents (
    id       text COLLATE "C" PRIMARY KEY,
    revision text COLLATE "C" NOT NULL,
    deleted  smallint NOT NULL,
    body     text COLLATE "C" NOT NULL
);

CREATE TABLE revision_tree (
    document_id text COLLATE "C" NOT NULL,
    revision    text COLLATE "C" NOT NULL,
    parent      text COLLATE "C",
    PRIMARY KEY (document_id, revision)
);

CREATE TABLE changes (
    sequence    bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    document_id text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE local_documents (
    id       text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    body     text COLLATE "C" NOT NULL
);

CREATE VIEW all_documents AS
SELECT id, revision, 0::smallint AS deleted, document AS body, account_id, private, functions.deleted AS hidden,
       disable_reason, functions.created, revisions.created AS modified
FROM functions JOIN revisions ON function_id = id AND revisions.generation = functions.generation
UNION ALL
SELECT id, revision, deleted, body, NULL, '{}', 0::smallint, NULL, 0, 0 FROM documents;

-- Changes are numbered in the order of their commits: who has seen a number has seen all below it. So the number is given
-- inside COMMIT, by a deferred trigger, under a lock that is held until the commit has ended. No transaction holds the
-- lock while it waits for its client.
CREATE FUNCTION number_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7310587012873318003);
    DELETE FROM changes WHERE document_id = NEW.id;
    INSERT INTO changes (document_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER function_changed AFTER UPDATE OF generation ON functions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION number_change();
CREATE CONSTRAINT TRIGGER document_changed AFTER INSERT OR UPDATE ON documents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION number_change();

-- A function also goes when its account does: then nothing else leaves a document in its place.
CREATE FUNCTION leave_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last text;
    gone text;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM documents WHERE id = OLD.id) THEN
        SELECT revision INTO last FROM revisions WHERE function_id = OLD.id AND generation = OLD.generation;
        IF last IS NOT NULL THEN
            gone := (split_part(last, '-', 1)::bigint + 1) || '-' || replace(gen_random_uuid()::text, '-', '');
            INSERT INTO documents (id, revision, deleted, body) VALUES (OLD.id, gone, 1, '{}');
            INSERT INTO revision_tree (document_id, revision, parent) VALUES (OLD.id, gone, last)
                ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    UPDATE accounts SET
        functions = functions - 1 + OLD.deleted,
        function_bytes = function_bytes
            - (SELECT coalesce(sum(bytes), 0)::bigint FROM revisions WHERE function_id = OLD.id)
    WHERE id = OLD.account_id;
    RETURN OLD;
END $$;
CREATE TRIGGER function_gone BEFORE DELETE ON functions FOR EACH ROW EXECUTE FUNCTION leave_document();

CREATE FUNCTION count_function() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE accounts SET functions = functions + 1 - NEW.deleted WHERE id = NEW.account_id;
    ELSE
        UPDATE accounts SET functions = functions + OLD.deleted - NEW.deleted WHERE id = NEW.account_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER function_counted AFTER INSERT ON functions FOR EACH ROW EXECUTE FUNCTION count_function();
CREATE TRIGGER function_counted_anew AFTER UPDATE OF deleted ON functions
    FOR EACH ROW WHEN (NEW.deleted <> OLD.deleted) EXECUTE FUNCTION count_function();

CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts
    SET function_bytes = function_bytes + NEW.bytes - CASE TG_OP WHEN 'INSERT' THEN 0 ELSE OLD.bytes END
    WHERE id = (SELECT account_id FROM functions WHERE id = NEW.function_id);
    RETURN NULL;
END $$;
CREATE TRIGGER revision_counted AFTER INSERT ON revisions FOR EACH ROW EXECUTE FUNCTION count_revision();
CREATE TRIGGER revision_counted_anew AFTER UPDATE OF bytes ON revisions
    FOR EACH ROW EXECUTE FUNCTION count_revision();
