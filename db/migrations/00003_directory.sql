-- +goose Up

-- The transaction in which a scan last began to be answered otherwise. Each
-- replica holds every code in memory and reads from here what it has not seen
-- (queries/directory.sql): a transaction's number, not a time, because a long
-- transaction commits rows whose updated_at is long past.
ALTER TABLE codes ADD COLUMN changed_in bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX codes_by_changed_in ON codes (changed_in);

-- One infinite date would keep a whole directory from being read.
ALTER TABLE codes ADD CONSTRAINT codes_dates_finite CHECK (isfinite(starts_at) AND isfinite(expires_at));

-- +goose StatementBegin
CREATE FUNCTION codes_changed_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER codes_changed_in_insert BEFORE INSERT ON codes FOR EACH ROW EXECUTE FUNCTION codes_changed_in();
CREATE TRIGGER codes_changed_in_update BEFORE UPDATE ON codes FOR EACH ROW
WHEN (OLD.state <> NEW.state OR OLD.target_url IS DISTINCT FROM NEW.target_url OR OLD.fallback_url IS DISTINCT FROM NEW.fallback_url
      OR OLD.starts_at IS DISTINCT FROM NEW.starts_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
EXECUTE FUNCTION codes_changed_in();

-- A door bell without words: who hears it reads codes_by_changed_in. The
-- server rings once per transaction, however many rows it changed, so that no
-- bulk edit fills the queue. Downloads (printed_at) don't ring.
-- +goose StatementBegin
CREATE FUNCTION codes_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('codes_changed', '');
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER codes_changed AFTER INSERT OR UPDATE OF state, target_url, fallback_url, starts_at, expires_at ON codes
FOR EACH STATEMENT EXECUTE FUNCTION codes_changed();

-- +goose Down
DROP TRIGGER codes_changed ON codes;
DROP TRIGGER codes_changed_in_update ON codes;
DROP TRIGGER codes_changed_in_insert ON codes;
DROP FUNCTION codes_changed, codes_changed_in;
ALTER TABLE codes DROP CONSTRAINT codes_dates_finite;
ALTER TABLE codes DROP COLUMN changed_in;
