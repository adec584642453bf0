-- +goose Up

-- What kind of thing a code's content is, and its parts as they were read, so
-- that a form can be filled with them again. '' is what programs write that
-- know no types: a static code's content speaks for itself, a dynamic code
-- leads to its target_url. Any other type makes a dynamic code answer with a
-- file, which is its content; its target_url is then a filler that older
-- programs can read, and that leads nowhere (RFC 6761 §6.4).
-- One statement, so that a live table is looked through once.
ALTER TABLE codes
    ADD COLUMN payload_type text NOT NULL DEFAULT '' CONSTRAINT codes_payload_type
        CHECK (payload_type IN ('', 'text', 'url', 'wifi', 'contact', 'email', 'sms', 'phone', 'place', 'event')),
    ADD COLUMN payload_fields jsonb NOT NULL DEFAULT '{}' CONSTRAINT codes_payload_fields
        CHECK (jsonb_typeof(payload_fields) = 'object'),
    DROP CONSTRAINT codes_shape,
    ADD CONSTRAINT codes_shape CHECK (
        CASE kind
            WHEN 'dynamic' THEN short_id IS NOT NULL AND target_url IS NOT NULL
                 AND CASE payload_type WHEN '' THEN content IS NULL ELSE content IS NOT NULL AND payload_type IN ('contact', 'event') END
            ELSE short_id IS NULL AND target_url IS NULL AND content IS NOT NULL
                 AND fallback_url IS NULL AND starts_at IS NULL AND expires_at IS NULL AND state <> 'paused'
        END);

-- Only a static code's content is inside the printed symbol. A program that
-- changes content and knows no types leaves the type to the content.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION codes_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'code % is never deleted: retire it', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.short_id IS DISTINCT FROM OLD.short_id OR NEW.kind <> OLD.kind
       OR (OLD.kind = 'static' AND OLD.printed_at IS NOT NULL AND NEW.content IS DISTINCT FROM OLD.content) THEN
        RAISE EXCEPTION 'what the printed code % holds never changes', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.kind = 'static' AND NEW.content IS DISTINCT FROM OLD.content
       AND NEW.payload_type = OLD.payload_type AND NEW.payload_fields = OLD.payload_fields THEN
        NEW.payload_type := '';
        NEW.payload_fields := '{}';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- A scan of a file is answered with content.
CREATE OR REPLACE TRIGGER codes_changed_in_update BEFORE UPDATE ON codes FOR EACH ROW
WHEN (OLD.state <> NEW.state OR OLD.target_url IS DISTINCT FROM NEW.target_url OR OLD.fallback_url IS DISTINCT FROM NEW.fallback_url
      OR OLD.starts_at IS DISTINCT FROM NEW.starts_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
      OR OLD.content IS DISTINCT FROM NEW.content OR OLD.payload_type <> NEW.payload_type)
EXECUTE FUNCTION codes_changed_in();
CREATE OR REPLACE TRIGGER codes_changed AFTER INSERT OR UPDATE OF state, target_url, fallback_url, starts_at, expires_at, content, payload_type ON codes
FOR EACH STATEMENT EXECUTE FUNCTION codes_changed();

-- +goose Down
-- Codes that lead to a file become links that lead nowhere, which is what an
-- older program makes of them.
UPDATE codes SET payload_type = '', payload_fields = '{}', content = CASE kind WHEN 'static' THEN content END;
CREATE OR REPLACE TRIGGER codes_changed_in_update BEFORE UPDATE ON codes FOR EACH ROW
WHEN (OLD.state <> NEW.state OR OLD.target_url IS DISTINCT FROM NEW.target_url OR OLD.fallback_url IS DISTINCT FROM NEW.fallback_url
      OR OLD.starts_at IS DISTINCT FROM NEW.starts_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
EXECUTE FUNCTION codes_changed_in();
CREATE OR REPLACE TRIGGER codes_changed AFTER INSERT OR UPDATE OF state, target_url, fallback_url, starts_at, expires_at ON codes
FOR EACH STATEMENT EXECUTE FUNCTION codes_changed();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION codes_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'code % is never deleted: retire it', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.short_id IS DISTINCT FROM OLD.short_id OR NEW.kind <> OLD.kind
       OR (OLD.printed_at IS NOT NULL AND NEW.content IS DISTINCT FROM OLD.content) THEN
        RAISE EXCEPTION 'what the printed code % holds never changes', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
ALTER TABLE codes
    DROP CONSTRAINT codes_shape,
    DROP COLUMN payload_type,
    DROP COLUMN payload_fields,
    ADD CONSTRAINT codes_shape CHECK (
        CASE kind
            WHEN 'dynamic' THEN short_id IS NOT NULL AND target_url IS NOT NULL AND content IS NULL
            ELSE short_id IS NULL AND target_url IS NULL AND content IS NOT NULL
                 AND fallback_url IS NULL AND starts_at IS NULL AND expires_at IS NULL AND state <> 'paused'
        END);
