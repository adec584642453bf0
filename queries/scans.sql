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

-- name: ListPastMonths :many
SELECT month FROM scan_past_months ORDER BY month LIMIT 10000;

-- ListTotalDifferences recounts every code's totals from the raw rows, the
-- counts that are not folded in yet and what dropped months left, all as of
-- one instant, and gives the codes that differ.
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
), k AS (SELECT code_id, sum(qr_scans)::bigint AS qr_scans, sum(link_scans)::bigint AS link_scans FROM kept GROUP BY code_id),
   c AS (SELECT code_id, sum(qr_scans)::bigint AS qr_scans, sum(link_scans)::bigint AS link_scans FROM counted GROUP BY code_id)
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

-- The figures for pages. A class of 0 means all but tests. Days and weeks
-- (from Monday) are cut in the zone given.

-- ScanSeries is one code's scans by hour, day or week.
-- name: ScanSeries :many
SELECT date_trunc(@step::text, s.scanned_at, @zone::text)::timestamptz AS begins_at, s.class, s.qr,
       count(*) AS scans, count(*) FILTER (WHERE NOT s.repeat) AS visitors
FROM scans s
WHERE s.code_id = @code_id AND s.scanned_at >= @from_time AND s.scanned_at < @to_time AND s.class <> 4
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 20000;

-- ScanBreakdown is what one code's scans were made with and where from, in
-- one pass over the rows: dimension is class, source, device, os, browser,
-- referrer, language or country.
-- name: ScanBreakdown :many
WITH counted AS (
    SELECT grouping(s.class, s.qr, s.agent, s.referrer, s.language, s.country) AS kind,
           s.class, s.qr, s.agent, s.referrer, s.language, s.country, count(*) AS scans
    FROM scans s
    WHERE s.code_id = @code_id AND s.scanned_at >= @from_time AND s.scanned_at < @to_time
      AND CASE WHEN @class::smallint = 0 THEN s.class <> 4 ELSE s.class = @class END
    GROUP BY GROUPING SETS ((s.class), (s.qr), (s.agent), (s.referrer), (s.language), (s.country))
), named AS (
    SELECT 'class' AS dimension, (ARRAY['human', 'bot', 'prefetch', 'test'])[c.class] AS name, c.scans FROM counted c WHERE c.kind = 31
    UNION ALL SELECT 'source', CASE WHEN c.qr THEN 'qr' ELSE 'link' END, c.scans FROM counted c WHERE c.kind = 47
    UNION ALL SELECT v.dimension, v.name, c.scans FROM counted c JOIN scan_agents a ON a.id = c.agent
              CROSS JOIN LATERAL (VALUES ('device', a.device), ('os', a.os), ('browser', a.browser)) v (dimension, name) WHERE c.kind = 55
    UNION ALL SELECT 'referrer', w.word, c.scans FROM counted c JOIN scan_words w ON w.id = c.referrer WHERE c.kind = 59
    UNION ALL SELECT 'language', w.word, c.scans FROM counted c JOIN scan_words w ON w.id = c.language WHERE c.kind = 61
    UNION ALL SELECT 'country', w.word, c.scans FROM counted c JOIN scan_words w ON w.id = c.country WHERE c.kind = 62
), summed AS (
    SELECT n.dimension, n.name, sum(n.scans)::bigint AS scans FROM named n GROUP BY n.dimension, n.name
), ranked AS (
    SELECT m.dimension, m.name, m.scans, row_number() OVER (PARTITION BY m.dimension ORDER BY m.scans DESC, m.name) AS place FROM summed m
)
SELECT r.dimension::text AS dimension, r.name::text AS name, r.scans FROM ranked r
WHERE r.place <= @at_most::integer ORDER BY r.dimension, r.place LIMIT 10000;

-- ScanWeek is one code's scans by hour of the day and day of the week (1 is
-- Monday).
-- name: ScanWeek :many
SELECT extract(isodow FROM s.scanned_at AT TIME ZONE @zone::text)::integer AS weekday,
       extract(hour FROM s.scanned_at AT TIME ZONE @zone)::integer AS hour, count(*) AS scans
FROM scans s
WHERE s.code_id = @code_id AND s.scanned_at >= @from_time AND s.scanned_at < @to_time
  AND CASE WHEN @class::smallint = 0 THEN s.class <> 4 ELSE s.class = @class END
GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 168;

-- ScanDaysOfCodes is the scans of some codes by day, for the small charts of a
-- list.
-- name: ScanDaysOfCodes :many
SELECT s.code_id::bigint AS code_id, date_trunc('day', s.scanned_at, @zone::text)::timestamptz AS day, count(*) AS scans
FROM scans s
WHERE s.code_id = ANY (@code_ids::integer[]) AND s.scanned_at >= @from_time AND s.class <> 4
GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100000;

-- ListScans is one code's scan log, newest first. The first page begins before
-- any time to come.
-- name: ListScans :many
SELECT s.scanned_at, s.class, s.qr, s.repeat, a.device, a.os, a.browser,
       r.word AS referrer, l.word AS language, c.word AS country
FROM scans s
JOIN scan_agents a ON a.id = s.agent JOIN scan_words r ON r.id = s.referrer
JOIN scan_words l ON l.id = s.language JOIN scan_words c ON c.id = s.country
WHERE s.code_id = @code_id AND s.scanned_at < @before
ORDER BY s.scanned_at DESC LIMIT @row_limit;

-- AllScanSeries is the scans of all codes by hour, day or week, from counts.
-- name: AllScanSeries :many
SELECT date_trunc(@step::text, h.hour, @zone::text)::timestamptz AS begins_at, h.class, h.qr,
       sum(h.scans)::bigint AS scans, sum(h.scans - h.repeats)::bigint AS visitors
FROM scan_hours h
WHERE h.hour >= @from_time AND h.hour < @to_time AND h.class <> 4
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 20000;
