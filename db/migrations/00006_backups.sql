-- +goose Up

-- One row per attempt at a backup, for the pages and the alerts: the program
-- that makes them may run elsewhere. It describes the files, not the data.
CREATE TABLE backups (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    file        text        NOT NULL, -- its name; empty where there is none
    bytes       bigint      NOT NULL,
    error       text        NOT NULL, -- empty where the file was restored and found to be whole
    CONSTRAINT backups_file CHECK (file <> '' OR error <> '')
);

-- What came from another system, so that bringing it over again changes
-- nothing: which of its codes is which of ours, and up to which scan.
CREATE TABLE imported_codes (
    source      text   NOT NULL, -- mvp-qr-gen
    source_id   text   NOT NULL,
    code_id     bigint NOT NULL REFERENCES codes (id),
    scans_until timestamptz,     -- the last one that was brought over
    PRIMARY KEY (source, source_id)
);

-- +goose Down
DROP TABLE imported_codes, backups;
