-- +goose Up
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What a search looks through, joined and lower-cased, so that one trigram
-- index serves every field.
-- +goose StatementBegin
CREATE FUNCTION code_search_text(title text, description text, target_url text, content text, short_id text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT lower(title || ' ' || description || ' ' || coalesce(target_url, '') || ' ' || coalesce(content, '') || ' ' || coalesce(short_id, '')) $$;
-- +goose StatementEnd

CREATE TABLE codes (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text        NOT NULL CONSTRAINT codes_kind CHECK (kind IN ('dynamic', 'static')),
    short_id     text        CONSTRAINT codes_short_id_key UNIQUE
                             CONSTRAINT codes_short_id_form CHECK (short_id ~ '^[a-z0-9]([a-z0-9-]{1,30})[a-z0-9]$'),
    title        text        NOT NULL CONSTRAINT codes_title CHECK (char_length(title) BETWEEN 1 AND 100),
    description  text        NOT NULL DEFAULT '' CONSTRAINT codes_description CHECK (char_length(description) <= 500),
    target_url   text        CONSTRAINT codes_target_url CHECK (target_url ~ '^https?://' AND octet_length(target_url) <= 2048),
    content      text        CONSTRAINT codes_content CHECK (octet_length(content) BETWEEN 1 AND 7089),
    fallback_url text        CONSTRAINT codes_fallback_url CHECK (fallback_url ~ '^https?://' AND octet_length(fallback_url) <= 2048),
    state        text        NOT NULL DEFAULT 'active' CONSTRAINT codes_state CHECK (state IN ('active', 'paused', 'retired')),
    starts_at    timestamptz,
    expires_at   timestamptz,
    level        text        NOT NULL DEFAULT 'M' CONSTRAINT codes_level CHECK (level IN ('L', 'M', 'Q', 'H')),
    quiet_zone   smallint    NOT NULL DEFAULT 4 CONSTRAINT codes_quiet_zone CHECK (quiet_zone BETWEEN 0 AND 40),
    dark         text        NOT NULL DEFAULT '#000000' CONSTRAINT codes_dark CHECK (dark ~ '^#[0-9a-f]{6}$'),
    light        text        NOT NULL DEFAULT '#ffffff' CONSTRAINT codes_light CHECK (light ~ '^#[0-9a-f]{6}$'),
    -- Counts the edits: a form carries the revision it was filled from, so
    -- that two people can't overwrite each other.
    revision     integer     NOT NULL DEFAULT 1,
    -- Made by the empty form: a form sent twice makes one code.
    form_token   text        CONSTRAINT codes_form_token_key UNIQUE,
    -- The first download: from then on paper may be out there.
    printed_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text        NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    updated_by   text        NOT NULL,
    CONSTRAINT codes_dates CHECK (expires_at > starts_at),
    CONSTRAINT codes_shape CHECK (
        CASE kind
            WHEN 'dynamic' THEN short_id IS NOT NULL AND target_url IS NOT NULL AND content IS NULL
            ELSE short_id IS NULL AND target_url IS NULL AND content IS NOT NULL
                 AND fallback_url IS NULL AND starts_at IS NULL AND expires_at IS NULL AND state <> 'paused'
        END)
);

CREATE INDEX codes_by_title   ON codes (lower(title), id);
CREATE INDEX codes_by_created ON codes (created_at, id);
CREATE INDEX codes_by_updated ON codes (updated_at, id);
CREATE INDEX codes_by_state   ON codes (state, kind);
CREATE INDEX codes_by_start   ON codes (starts_at)  WHERE starts_at IS NOT NULL;
CREATE INDEX codes_by_expiry  ON codes (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX codes_static     ON codes (id)         WHERE kind = 'static';
CREATE INDEX codes_by_search  ON codes USING gin (code_search_text(title, description, target_url, content, short_id) gin_trgm_ops);

-- A printed code cannot be recalled: a code is never deleted, its short ID and
-- kind never change, nor does its content once it was downloaded, whoever asks.
-- +goose StatementBegin
CREATE FUNCTION codes_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER codes_are_kept BEFORE DELETE OR UPDATE ON codes FOR EACH ROW EXECUTE FUNCTION codes_are_kept();

-- The counters, apart from codes so that a scan never rewrites the wide row
-- and an index on the count costs the wide row nothing.
CREATE TABLE code_totals (
    code_id      bigint      PRIMARY KEY REFERENCES codes (id),
    qr_scans     bigint      NOT NULL DEFAULT 0,
    link_scans   bigint      NOT NULL DEFAULT 0,
    scans        bigint      NOT NULL GENERATED ALWAYS AS (qr_scans + link_scans) STORED,
    last_scan_at timestamptz
);
CREATE INDEX code_totals_by_scans ON code_totals (scans, code_id);

-- +goose StatementBegin
CREATE FUNCTION code_totals_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO code_totals (code_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER code_totals_begin AFTER INSERT ON codes FOR EACH ROW EXECUTE FUNCTION code_totals_begin();

-- Who did what to a code, when and from where.
CREATE TABLE code_events (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code_id     bigint      NOT NULL REFERENCES codes (id),
    revision    integer     NOT NULL, -- the code's, after the event
    happened_at timestamptz NOT NULL DEFAULT now(),
    actor       text        NOT NULL,
    address     text        NOT NULL,
    action      text        NOT NULL CONSTRAINT code_events_action
                            CHECK (action IN ('created', 'updated', 'undone', 'paused', 'resumed', 'retired', 'restored', 'downloaded')),
    -- For edits [{"field","before","after"}], for downloads what was taken.
    changes     jsonb       NOT NULL DEFAULT '[]'
);
CREATE INDEX code_events_by_code ON code_events (code_id, id DESC);

-- Sessions carry flash messages and list preferences; the token is hashed.
CREATE TABLE sessions (
    token      text        PRIMARY KEY,
    data       bytea       NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- +goose Down
DROP TABLE sessions, code_events, code_totals, codes;
DROP FUNCTION codes_are_kept, code_totals_begin, code_search_text;
