-- +goose Up

-- One row per recorded visit. The order of the columns leaves no padding: 48
-- bytes a row, which is why code_id is an integer here. No foreign key (it
-- would halve the rate; codes are never deleted) and no key of its own. Months
-- are added and dropped by the program (internal/scans); they begin at UTC's.
CREATE TABLE scans (
    scanned_at timestamptz NOT NULL,
    code_id    integer     NOT NULL,
    agent      smallint    NOT NULL, -- scan_agents: device, system and browser
    referrer   smallint    NOT NULL, -- scan_words
    language   smallint    NOT NULL, -- scan_words
    country    smallint    NOT NULL, -- scan_words
    class      smallint    NOT NULL, -- 1 human, 2 bot, 3 prefetch, 4 test
    qr         boolean     NOT NULL, -- from the printed symbol, else a link
    repeat     boolean     NOT NULL  -- this visitor was here before on the same day, as far as is known
) PARTITION BY RANGE (scanned_at);
CREATE INDEX scans_by_code ON scans (code_id, scanned_at);

-- What the small integers of scans mean. 0 is "not known", 1 "another one":
-- the number of words is bounded.
CREATE TABLE scan_words (
    id   smallint PRIMARY KEY,
    kind text     NOT NULL CONSTRAINT scan_words_kind CHECK (kind IN ('none', 'referrer', 'language', 'country')),
    word text     NOT NULL CONSTRAINT scan_words_word CHECK (octet_length(word) <= 255),
    CONSTRAINT scan_words_key UNIQUE (kind, word)
);
INSERT INTO scan_words (id, kind, word) VALUES (0, 'none', ''), (1, 'none', 'other');

CREATE TABLE scan_agents (
    id      smallint PRIMARY KEY,
    device  text     NOT NULL,
    os      text     NOT NULL,
    browser text     NOT NULL,
    CONSTRAINT scan_agents_key UNIQUE (device, os, browser)
);
INSERT INTO scan_agents (id, device, os, browser) VALUES (0, '', '', ''), (1, 'other', 'other', 'other');

-- A journal segment is stored in the transaction that puts its ID here, so
-- that storing it again changes nothing.
CREATE TABLE scan_batches (
    id        bytea       PRIMARY KEY CONSTRAINT scan_batches_id CHECK (octet_length(id) = 16),
    stored_at timestamptz NOT NULL DEFAULT now(),
    scans     integer     NOT NULL
);
CREATE INDEX scan_batches_by_time ON scan_batches USING brin (stored_at);

-- Counts of stored scans that are not yet in code_totals: under load one
-- update for many batches costs a fraction. Packed by internal/scans.
CREATE TABLE scan_deltas (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    counts bytea  NOT NULL
);
ALTER TABLE scan_deltas ALTER COLUMN counts SET STORAGE EXTERNAL;

-- All codes together, by the office's hours.
CREATE TABLE scan_hours (
    hour    timestamptz NOT NULL,
    class   smallint    NOT NULL,
    qr      boolean     NOT NULL,
    scans   bigint      NOT NULL,
    repeats bigint      NOT NULL,
    PRIMARY KEY (hour, class, qr)
);

-- Closed days of the codes that are scanned often: one row per value of a
-- dimension (1 source: 1 is qr, 2 agent, 3 referrer, 4 language, 5 country,
-- 6 hour of the day). Quiet codes have none: their raw rows are quick to count.
CREATE TABLE scan_days (
    code_id   integer  NOT NULL,
    dimension smallint NOT NULL,
    day       date     NOT NULL, -- the office's
    class     smallint NOT NULL,
    value     integer  NOT NULL,
    scans     integer  NOT NULL,
    repeats   integer  NOT NULL,
    PRIMARY KEY (code_id, dimension, day, class, value)
);

-- The codes that scan_days has, and up to which day (excluded).
CREATE TABLE scan_rollups (
    code_id integer PRIMARY KEY,
    until   date    NOT NULL
);

-- What code_totals holds of months whose rows were dropped.
CREATE TABLE scan_past_totals (
    code_id    bigint PRIMARY KEY REFERENCES codes (id),
    qr_scans   bigint NOT NULL,
    link_scans bigint NOT NULL
);
-- What was counted before there were raw rows.
INSERT INTO scan_past_totals (code_id, qr_scans, link_scans)
SELECT code_id, qr_scans, link_scans FROM code_totals WHERE scans > 0;

CREATE TABLE scan_past_months (
    month   text        PRIMARY KEY, -- 2026-11
    dropped timestamptz NOT NULL DEFAULT now()
);

-- Adds the month that begins on first: attaching a finished table, unlike
-- CREATE TABLE … PARTITION OF, makes nobody wait. It says false where the month
-- is there. The three functions give up after 2 s rather than hold up others.
-- +goose StatementBegin
CREATE FUNCTION scan_add_month(first date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'scans_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass(format('%I.%I', current_schema(), name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM set_config('lock_timeout', '2s', true);
    EXECUTE format('CREATE TABLE %I (LIKE scans INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
    EXECUTE format('ALTER TABLE scans ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
                   to_char(first, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(first + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
    RETURN true;
END $$;
-- +goose StatementEnd

-- Takes a month out of scans: an instant under a lock. What follows needs none.
-- +goose StatementBegin
CREATE FUNCTION scan_detach_month(first date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'scans_' || to_char(first, 'YYYY_MM');
BEGIN
    PERFORM set_config('lock_timeout', '2s', true);
    EXECUTE format('ALTER TABLE scans DETACH PARTITION %I', name);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', name, name || '_out');
    INSERT INTO scan_past_months (month) VALUES (to_char(first, 'YYYY-MM')) ON CONFLICT (month) DO NOTHING;
END $$;
-- +goose StatementEnd

-- Drops a detached month and remembers what it added to the totals.
-- +goose StatementBegin
CREATE FUNCTION scan_forget_month(first date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'scans_' || to_char(first, 'YYYY_MM') || '_out';
BEGIN
    EXECUTE format('INSERT INTO scan_past_totals AS p (code_id, qr_scans, link_scans)
        SELECT s.code_id, count(*) FILTER (WHERE s.qr), count(*) FILTER (WHERE NOT s.qr)
        FROM %I s JOIN codes c ON c.id = s.code_id WHERE s.class <> 4 GROUP BY s.code_id ORDER BY s.code_id
        ON CONFLICT (code_id) DO UPDATE SET qr_scans = p.qr_scans + excluded.qr_scans, link_scans = p.link_scans + excluded.link_scans', name);
    EXECUTE format('DROP TABLE %I', name);
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE scans, scan_words, scan_agents, scan_batches, scan_deltas, scan_hours, scan_days, scan_rollups, scan_past_totals, scan_past_months;
DROP FUNCTION scan_add_month, scan_detach_month, scan_forget_month;
