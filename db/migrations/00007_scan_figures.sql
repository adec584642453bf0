-- +goose Up

-- The months of scan_days, added up: what a page asks of a whole year is read
-- from 13 rows for each value instead of 400. Its dimension 6 is the hour of
-- the week (0 is Monday, 0 h). The month that runs holds the days so far.
CREATE TABLE scan_months (
    code_id   integer  NOT NULL,
    dimension smallint NOT NULL,
    month     date     NOT NULL, -- its first day
    class     smallint NOT NULL,
    value     integer  NOT NULL,
    scans     integer  NOT NULL,
    repeats   integer  NOT NULL,
    PRIMARY KEY (code_id, dimension, month, class, value)
);

-- Whoever writes days, an older version of the program too, writes months. One
-- order for all writers, so that they can't deadlock.
-- +goose StatementBegin
CREATE FUNCTION scan_days_into_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scan_months AS m (code_id, dimension, month, class, value, scans, repeats)
    SELECT d.code_id, d.dimension, date_trunc('month', d.day), d.class,
           CASE d.dimension WHEN 6 THEN (extract(isodow FROM d.day)::integer - 1) * 24 + d.value ELSE d.value END,
           sum(d.scans), sum(d.repeats)
    FROM added d
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (code_id, dimension, month, class, value)
    DO UPDATE SET scans = m.scans + excluded.scans, repeats = m.repeats + excluded.repeats;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION scan_days_again_into_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scan_months AS m (code_id, dimension, month, class, value, scans, repeats)
    SELECT d.code_id, d.dimension, date_trunc('month', d.day), d.class,
           CASE d.dimension WHEN 6 THEN (extract(isodow FROM d.day)::integer - 1) * 24 + d.value ELSE d.value END,
           sum(d.scans), sum(d.repeats)
    FROM (SELECT n.code_id, n.dimension, n.day, n.class, n.value, n.scans, n.repeats FROM added n
          UNION ALL SELECT o.code_id, o.dimension, o.day, o.class, o.value, -o.scans, -o.repeats FROM removed o) d
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (code_id, dimension, month, class, value)
    DO UPDATE SET scans = m.scans + excluded.scans, repeats = m.repeats + excluded.repeats;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- Days that are written meanwhile wait, so that the months begin complete.
LOCK TABLE scan_days IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO scan_months (code_id, dimension, month, class, value, scans, repeats)
SELECT d.code_id, d.dimension, date_trunc('month', d.day), d.class,
       CASE d.dimension WHEN 6 THEN (extract(isodow FROM d.day)::integer - 1) * 24 + d.value ELSE d.value END,
       sum(d.scans), sum(d.repeats)
FROM scan_days d
GROUP BY 1, 2, 3, 4, 5;
CREATE TRIGGER scan_days_added AFTER INSERT ON scan_days
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION scan_days_into_months();
CREATE TRIGGER scan_days_changed AFTER UPDATE ON scan_days
REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION scan_days_again_into_months();

-- While somebody tries a code out: scans of it from opened_at to closes_at are
-- tests, whichever replica answers them. Kept as long as such a scan may still
-- wait in a journal.
CREATE TABLE scan_tests (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code_id   bigint      NOT NULL REFERENCES codes (id),
    opened_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    opened_by text        NOT NULL,
    CONSTRAINT scan_tests_end CHECK (closes_at > opened_at)
);
CREATE INDEX scan_tests_by_end ON scan_tests (closes_at);

-- How often somebody scanned a code that led nowhere (paused, not started,
-- expired, retired) and met a page that says so. These are not scans.
CREATE TABLE code_dead_ends (
    day     date    NOT NULL, -- the office's
    code_id bigint  NOT NULL REFERENCES codes (id),
    qr      integer NOT NULL, -- of the printed symbol
    link    integer NOT NULL,
    PRIMARY KEY (day, code_id)
);

-- Codes that were downloaded, and those nobody has scanned: for what the
-- dashboard points out.
CREATE INDEX code_totals_unscanned ON code_totals (code_id) WHERE last_scan_at IS NULL;

-- +goose Down
DROP INDEX code_totals_unscanned;
DROP TABLE code_dead_ends, scan_tests;
DROP TRIGGER scan_days_changed ON scan_days;
DROP TRIGGER scan_days_added ON scan_days;
DROP FUNCTION scan_days_into_months, scan_days_again_into_months;
DROP TABLE scan_months;
