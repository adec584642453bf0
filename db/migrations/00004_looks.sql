-- +goose Up

-- Pictures to put into the middle of symbols. The bytes are in the database so
-- that every replica and every backup has them; a logo never changes, so what
-- was drawn with it can be drawn again.
CREATE TABLE logos (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL CONSTRAINT logos_name CHECK (char_length(name) BETWEEN 1 AND 100),
    png        bytea       NOT NULL CONSTRAINT logos_png CHECK (octet_length(png) BETWEEN 1 AND 33554432),
    hash       text        NOT NULL CONSTRAINT logos_hash_key UNIQUE, -- of what is drawn: the same picture is kept once
    width      integer     NOT NULL CONSTRAINT logos_width CHECK (width > 0),
    height     integer     NOT NULL CONSTRAINT logos_height CHECK (height > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text        NOT NULL
);
ALTER TABLE logos ALTER COLUMN png SET STORAGE EXTERNAL; -- PNGs don't compress again

-- Looks with a name that an organisation gives its codes. A code has a look of
-- its own: changing a preset changes no code.
CREATE TABLE style_presets (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text        NOT NULL CONSTRAINT style_presets_name CHECK (char_length(name) BETWEEN 1 AND 60),
    is_default   boolean     NOT NULL DEFAULT false, -- what new codes begin with
    level        text        NOT NULL CONSTRAINT style_presets_level CHECK (level IN ('L', 'M', 'Q', 'H')),
    auto_level   boolean     NOT NULL,
    quiet_zone   smallint    NOT NULL CONSTRAINT style_presets_quiet_zone CHECK (quiet_zone BETWEEN 0 AND 40),
    dark         text        NOT NULL CONSTRAINT style_presets_dark CHECK (dark ~ '^#[0-9a-f]{6}$'),
    light        text        NOT NULL CONSTRAINT style_presets_light CHECK (light ~ '^#[0-9a-f]{6}$'),
    transparent  boolean     NOT NULL,
    module_shape text        NOT NULL CONSTRAINT style_presets_module_shape CHECK (module_shape IN ('square', 'rounded', 'dots')),
    finder_shape text        NOT NULL CONSTRAINT style_presets_finder_shape CHECK (finder_shape IN ('square', 'rounded', 'dots')),
    caption      text        NOT NULL CONSTRAINT style_presets_caption CHECK (char_length(caption) <= 40),
    logo_id      bigint      CONSTRAINT style_presets_logo REFERENCES logos (id),
    logo_size    smallint    NOT NULL CONSTRAINT style_presets_logo_size CHECK (logo_size BETWEEN 0 AND 100),
    revision     integer     NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text        NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    updated_by   text        NOT NULL
);
CREATE UNIQUE INDEX style_presets_name_key    ON style_presets (lower(name));
CREATE UNIQUE INDEX style_presets_one_default ON style_presets (is_default) WHERE is_default;
CREATE INDEX style_presets_by_logo ON style_presets (logo_id) WHERE logo_id IS NOT NULL;

-- Constant defaults and checks that are NOT VALID: no row is read or written,
-- so the lock is held for a moment only. Every row there is has the default,
-- which passes. Codes made before keep the level they were printed with.
ALTER TABLE codes
    ADD COLUMN auto_level   boolean NOT NULL DEFAULT false,
    ADD COLUMN transparent  boolean NOT NULL DEFAULT false,
    ADD COLUMN module_shape text    NOT NULL DEFAULT 'square',
    ADD COLUMN finder_shape text    NOT NULL DEFAULT 'square',
    ADD COLUMN caption      text    NOT NULL DEFAULT '',
    ADD COLUMN logo_id      bigint  CONSTRAINT codes_logo REFERENCES logos (id),
    ADD COLUMN logo_size    smallint NOT NULL DEFAULT 0, -- percent of the symbol's width; 0: as large as is safe
    ADD CONSTRAINT codes_logo_size CHECK (logo_size BETWEEN 0 AND 100) NOT VALID,
    ADD CONSTRAINT codes_module_shape CHECK (module_shape IN ('square', 'rounded', 'dots')) NOT VALID,
    ADD CONSTRAINT codes_finder_shape CHECK (finder_shape IN ('square', 'rounded', 'dots')) NOT VALID,
    ADD CONSTRAINT codes_caption CHECK (char_length(caption) <= 40) NOT VALID;
CREATE INDEX codes_by_logo ON codes (logo_id) WHERE logo_id IS NOT NULL;

-- The receipts of downloads by what was handed out, so that a file can be
-- asked where it came from.
CREATE INDEX code_events_by_sha256 ON code_events ((jsonb_path_query_first(changes, '$[*] ? (@.field == "sha256").after') #>> '{}'))
WHERE action = 'downloaded';

-- +goose Down
DROP INDEX code_events_by_sha256;
ALTER TABLE codes DROP COLUMN logo_size, DROP COLUMN logo_id, DROP COLUMN caption, DROP COLUMN finder_shape, DROP COLUMN module_shape,
    DROP COLUMN transparent, DROP COLUMN auto_level;
DROP TABLE style_presets, logos;
