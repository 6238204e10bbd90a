-- Servers keep copies of tokens in files of their own, for times without the database. So they are also told of new tokens.
CREATE CONSTRAINT TRIGGER token_made AFTER INSERT ON tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_written();
