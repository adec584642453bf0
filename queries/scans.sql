-- DatabaseEpoch names the database and its history: a restored one, and one
-- on a promoted standby, have another.
-- name: DatabaseEpoch :one
SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8),
                 (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))::text AS epoch;

-- name: ClaimScanBatch :execrows
INSERT INTO scan_batches (id, scans) VALUES (@id, @scans) ON CONFLICT (id) DO NOTHING;

-- name: PruneScanBatches :execrows
DELETE FROM scan_batches WHERE ctid = ANY (ARRAY(
    SELECT b.ctid FROM scan_batches b WHERE b.stored_at < @before LIMIT @at_most));

-- LockScanTotals makes writers of code_totals take turns, until the end of the
-- transaction: whatever order a plan takes the rows in, they can't deadlock.
-- name: LockScanTotals :exec
SELECT pg_advisory_xact_lock(7366372914001);

-- name: AddToTotals :exec
UPDATE code_totals t
SET qr_scans = t.qr_scans + d.qr_scans, link_scans = t.link_scans + d.link_scans,
    last_scan_at = greatest(t.last_scan_at, d.last_scan_at)
FROM (SELECT unnest(@code_ids::bigint[]) AS code_id, unnest(@qr_scans::bigint[]) AS qr_scans,
             unnest(@link_scans::bigint[]) AS link_scans, unnest(@last_scans_at::timestamptz[]) AS last_scan_at) d
WHERE t.code_id = d.code_id;

-- name: AddToHours :exec
INSERT INTO scan_hours (hour, class, qr, scans, repeats)
SELECT unnest(@hours::timestamptz[]), unnest(@classes::smallint[]), unnest(@qrs::boolean[]),
       unnest(@scans::bigint[]), unnest(@repeats::bigint[])
ON CONFLICT (hour, class, qr)
DO UPDATE SET scans = scan_hours.scans + excluded.scans, repeats = scan_hours.repeats + excluded.repeats;

-- name: CreateScanDelta :exec
INSERT INTO scan_deltas (counts) VALUES (@counts);

-- name: TakeScanDeltas :many
DELETE FROM scan_deltas WHERE id IN (
    SELECT d.id FROM scan_deltas d ORDER BY d.id LIMIT @at_most FOR UPDATE SKIP LOCKED)
RETURNING counts;

-- name: ListScanWords :many
SELECT id, kind, word FROM scan_words WHERE id > @after ORDER BY id LIMIT 32767;

-- name: ListScanAgents :many
SELECT id, device, os, browser FROM scan_agents WHERE id > @after ORDER BY id LIMIT 32767;

-- LockScanWords is for adding words: IDs are given one after the other, so
-- that none is wasted.
-- name: LockScanWords :exec
SELECT pg_advisory_xact_lock(7366372914002);

-- name: CreateScanWord :exec
INSERT INTO scan_words (id, kind, word)
SELECT (SELECT max(w.id) + 1 FROM scan_words w), @kind, @word ON CONFLICT (kind, word) DO NOTHING;

-- name: CreateScanAgent :exec
INSERT INTO scan_agents (id, device, os, browser)
SELECT (SELECT max(a.id) + 1 FROM scan_agents a), @device, @os, @browser ON CONFLICT (device, os, browser) DO NOTHING;

-- LockScanMonths keeps the adding, dropping and recounting of months apart.
-- name: LockScanMonths :exec
SELECT pg_advisory_xact_lock(7366372914003);

-- ListScanMonths gives every month's table, attached to scans or on its way out.
-- name: ListScanMonths :many
SELECT c.relname::text AS name, c.relispartition AS attached,
       coalesce(obj_description(c.oid, 'pg_class') = 'packed', false)::boolean AS packed
FROM pg_catalog.pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname ~ '^scans_[0-9]{4}_[0-9]{2}(_out)?$'
ORDER BY c.relname LIMIT 10000;

-- name: AddScanMonth :one
SELECT scan_add_month(sqlc.arg(month)::text::date)::boolean AS added;

-- name: DetachScanMonth :exec
SELECT scan_detach_month(sqlc.arg(month)::text::date);

-- name: ForgetScanMonth :exec
SELECT scan_forget_month(sqlc.arg(month)::text::date);

-- ListTotalDifferences recounts every code's totals from the raw rows, the
-- counts that are not folded in yet and what dropped months left, all as of
-- one instant, and gives the codes that differ. Scans of a code that a restored
-- database does not have (it was made after the backup) have no total.
-- name: ListTotalDifferences :many
WITH delta AS (
    SELECT ('x' || encode(substring(d.counts FROM i * 20 + 1 FOR 4), 'hex'))::bit(32)::bigint AS code_id,
           ('x' || encode(substring(d.counts FROM i * 20 + 5 FOR 4), 'hex'))::bit(32)::bigint AS qr_scans,
           ('x' || encode(substring(d.counts FROM i * 20 + 9 FOR 4), 'hex'))::bit(32)::bigint AS link_scans
    FROM scan_deltas d, generate_series(0, octet_length(d.counts) / 20 - 1) AS i
), kept AS (
    SELECT t.code_id, t.qr_scans, t.link_scans FROM code_totals t
    UNION ALL SELECT delta.code_id, delta.qr_scans, delta.link_scans FROM delta
), counted AS (
    SELECT s.code_id::bigint AS code_id, count(*) FILTER (WHERE s.qr) AS qr_scans, count(*) FILTER (WHERE NOT s.qr) AS link_scans
    FROM scans s WHERE s.class <> 4 GROUP BY s.code_id
    UNION ALL SELECT p.code_id, p.qr_scans, p.link_scans FROM scan_past_totals p
), k AS (SELECT kept.code_id, sum(kept.qr_scans)::bigint AS qr_scans, sum(kept.link_scans)::bigint AS link_scans
         FROM kept JOIN codes ON codes.id = kept.code_id GROUP BY kept.code_id),
   c AS (SELECT counted.code_id, sum(counted.qr_scans)::bigint AS qr_scans, sum(counted.link_scans)::bigint AS link_scans
         FROM counted JOIN codes ON codes.id = counted.code_id GROUP BY counted.code_id)
SELECT coalesce(k.code_id, c.code_id)::bigint AS code_id,
       coalesce(k.qr_scans, 0)::bigint AS kept_qr, coalesce(k.link_scans, 0)::bigint AS kept_link,
       coalesce(c.qr_scans, 0)::bigint AS counted_qr, coalesce(c.link_scans, 0)::bigint AS counted_link
FROM k FULL JOIN c ON c.code_id = k.code_id
WHERE coalesce(k.qr_scans, 0) <> coalesce(c.qr_scans, 0) OR coalesce(k.link_scans, 0) <> coalesce(c.link_scans, 0)
ORDER BY 1 LIMIT @at_most;

-- ListHourDifferences recounts the hours of the months that are there whole.
-- origin is the beginning of any of the office's hours.
-- name: ListHourDifferences :many
WITH counted AS (
    SELECT date_bin('1 hour', s.scanned_at, @origin::timestamptz) AS hour, s.class, s.qr,
           count(*) AS scans, count(*) FILTER (WHERE s.repeat) AS repeats
    FROM scans s GROUP BY 1, 2, 3
)
SELECT coalesce(h.hour, c.hour)::timestamptz AS hour, coalesce(h.class, c.class)::smallint AS class,
       coalesce(h.qr, c.qr)::boolean AS qr,
       coalesce(h.scans, 0)::bigint AS kept, coalesce(c.scans, 0)::bigint AS counted,
       coalesce(h.repeats, 0)::bigint AS kept_repeats, coalesce(c.repeats, 0)::bigint AS counted_repeats
FROM scan_hours h FULL JOIN counted c ON c.hour = h.hour AND c.class = h.class AND c.qr = h.qr
WHERE (coalesce(h.scans, 0) <> coalesce(c.scans, 0) OR coalesce(h.repeats, 0) <> coalesce(c.repeats, 0))
  AND to_char(coalesce(h.hour, c.hour) AT TIME ZONE 'UTC', 'YYYY-MM') NOT IN (SELECT p.month FROM scan_past_months p)
ORDER BY 1, 2, 3 LIMIT @at_most;

-- name: CountRawScans :one
SELECT count(*) FROM scans;

-- LockRollups keeps rolling up (alone) and late rows (together) apart.
-- name: LockRollups :exec
SELECT pg_advisory_xact_lock(7366372914004);

-- name: LockRollupsShared :exec
SELECT pg_advisory_xact_lock_shared(7366372914004);

-- ListCodesToRollUp gives the codes with many scans whose days are not rolled
-- up to the given one.
-- name: ListCodesToRollUp :many
SELECT t.code_id FROM code_totals t LEFT JOIN scan_rollups r ON r.code_id = t.code_id
WHERE t.scans >= @at_least AND coalesce(r.until, '-infinity'::date) < sqlc.arg(until)::text::date
ORDER BY t.code_id LIMIT @at_most;

-- RollUpCode writes one code's closed days.
-- name: RollUpCode :exec
INSERT INTO scan_days (code_id, dimension, day, class, value, scans, repeats)
SELECT s.code_id,
       CASE grouping(s.qr, s.agent, s.referrer, s.language, s.country, s.hour) WHEN 31 THEN 1 WHEN 47 THEN 2 WHEN 55 THEN 3 WHEN 59 THEN 4 WHEN 61 THEN 5 ELSE 6 END,
       s.day, s.class, coalesce(s.qr::integer, s.agent, s.referrer, s.language, s.country, s.hour), count(*), count(*) FILTER (WHERE s.repeat)
FROM (
    SELECT r.*, (r.scanned_at AT TIME ZONE @zone::text)::date AS day, extract(hour FROM r.scanned_at AT TIME ZONE @zone)::integer AS hour
    FROM scans r
    WHERE r.code_id = @code_id
      AND r.scanned_at >= coalesce((SELECT u.until FROM scan_rollups u WHERE u.code_id = @code_id), '-infinity'::date)::timestamp AT TIME ZONE @zone
      AND r.scanned_at < sqlc.arg(until)::text::date::timestamp AT TIME ZONE @zone
) s
GROUP BY GROUPING SETS ((s.code_id, s.day, s.class, s.qr), (s.code_id, s.day, s.class, s.agent), (s.code_id, s.day, s.class, s.referrer),
                        (s.code_id, s.day, s.class, s.language), (s.code_id, s.day, s.class, s.country), (s.code_id, s.day, s.class, s.hour));

-- name: NoteRollup :exec
INSERT INTO scan_rollups (code_id, until) VALUES (@code_id, sqlc.arg(until)::text::date)
ON CONFLICT (code_id) DO UPDATE SET until = greatest(scan_rollups.until, excluded.until);

-- AddLateScans adds rows of days that are rolled up already: from a replica
-- that was away, or whose clock stepped back.
-- name: AddLateScans :exec
INSERT INTO scan_days (code_id, dimension, day, class, value, scans, repeats)
SELECT l.code_id, v.dimension, l.day, l.class, v.value, count(*), count(*) FILTER (WHERE l.repeat)
FROM (
    SELECT u.*, (u.scanned_at AT TIME ZONE @zone::text)::date AS day, extract(hour FROM u.scanned_at AT TIME ZONE @zone)::integer AS hour
    FROM (SELECT unnest(@code_ids::integer[]) AS code_id, unnest(@scanned_at::timestamptz[]) AS scanned_at, unnest(@classes::smallint[]) AS class,
                 unnest(@qrs::boolean[]) AS qr, unnest(@repeats::boolean[]) AS repeat, unnest(@agents::smallint[]) AS agent,
                 unnest(@referrers::smallint[]) AS referrer, unnest(@languages::smallint[]) AS language, unnest(@countries::smallint[]) AS country) u
) l
JOIN scan_rollups r ON r.code_id = l.code_id AND l.day < r.until
CROSS JOIN LATERAL (VALUES (1, l.qr::integer), (2, l.agent), (3, l.referrer), (4, l.language), (5, l.country), (6, l.hour)) v (dimension, value)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (code_id, dimension, day, class, value)
DO UPDATE SET scans = scan_days.scans + excluded.scans, repeats = scan_days.repeats + excluded.repeats;

-- ListDayDifferences recounts the days that are rolled up and whose months are
-- there: every dimension must add up to the day's rows.
-- name: ListDayDifferences :many
WITH counted AS (
    SELECT s.code_id, (s.scanned_at AT TIME ZONE @zone::text)::date AS day, count(*) AS scans
    FROM scans s JOIN scan_rollups r ON r.code_id = s.code_id AND s.scanned_at < r.until::timestamp AT TIME ZONE @zone
    GROUP BY 1, 2
), kept AS (
    SELECT d.code_id, d.dimension, d.day, sum(d.scans) AS scans FROM scan_days d GROUP BY 1, 2, 3
), wanted AS (
    SELECT c.code_id, n.dimension, c.day, c.scans FROM counted c CROSS JOIN generate_series(1, 6) AS n (dimension)
)
SELECT coalesce(k.code_id, w.code_id)::bigint AS code_id, coalesce(k.day, w.day)::timestamptz AS day,
       coalesce(k.dimension, w.dimension)::smallint AS dimension, coalesce(k.scans, 0)::bigint AS kept, coalesce(w.scans, 0)::bigint AS counted
FROM kept k FULL JOIN wanted w ON w.code_id = k.code_id AND w.dimension = k.dimension AND w.day = k.day
WHERE coalesce(k.scans, 0) <> coalesce(w.scans, 0)
  AND to_char(coalesce(k.day, w.day) - 1, 'YYYY-MM') NOT IN (SELECT p.month FROM scan_past_months p)
  AND to_char(coalesce(k.day, w.day) + 1, 'YYYY-MM') NOT IN (SELECT p.month FROM scan_past_months p)
ORDER BY 1, 2, 3 LIMIT @at_most;

-- ListMonthDifferences adds the closed days up anew. A dimension of a month is
-- listed with all that its values miss or have too much, so that two mistakes
-- can't hide each other.
-- name: ListMonthDifferences :many
WITH counted AS (
    SELECT d.code_id, d.dimension, date_trunc('month', d.day)::date AS month, d.class,
           CASE d.dimension WHEN 6 THEN (extract(isodow FROM d.day)::integer - 1) * 24 + d.value ELSE d.value END AS value,
           sum(d.scans) AS scans, sum(d.repeats) AS repeats
    FROM scan_days d GROUP BY 1, 2, 3, 4, 5
)
SELECT coalesce(m.code_id, c.code_id)::bigint AS code_id, coalesce(m.month, c.month)::timestamptz AS month,
       coalesce(m.dimension, c.dimension)::smallint AS dimension,
       sum(coalesce(m.scans, 0))::bigint AS kept, sum(coalesce(c.scans, 0))::bigint AS counted
FROM scan_months m FULL JOIN counted c
  ON c.code_id = m.code_id AND c.dimension = m.dimension AND c.month = m.month AND c.class = m.class AND c.value = m.value
WHERE coalesce(m.scans, 0) <> coalesce(c.scans, 0) OR coalesce(m.repeats, 0) <> coalesce(c.repeats, 0)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT @at_most;
