-- The figures for pages. Every one of them leaves tests out but ListTestScans.
--
-- A busy code's closed days are in scan_days, up to the day that ScanRollup
-- gives; what is later, and all of a quiet code, is in the raw rows. Both ends
-- of each part are arguments, so that the planner leaves months out. Read a
-- page's figures in one transaction (internal/stats).

-- ScanRollup gives the day up to which a code's days are closed (excluded); the
-- year 1 where none is.
-- name: ScanRollup :one
SELECT coalesce(max(r.until), '0001-01-01')::date::text AS until FROM scan_rollups r WHERE r.code_id = @code_id;

-- ScanFigures is everything about one code's scans in a range, in one go, since
-- what costs is to fetch the raw rows (and to plan for every month):
--   series    by day or hour (begins_at) and class; the rest is of the classes asked for
--   week      by hour of the week (name: 0 is Monday, 0 h)
--   source, device, os, browser, referrer, language, country: the most frequent names
-- Where the clocks go back, a closed day has the hour once that is there twice.
-- name: ScanFigures :many
WITH raw AS MATERIALIZED (
    SELECT s.scanned_at AT TIME ZONE @zone::text AS local, s.scanned_at, s.class, s.qr, s.repeat, s.agent, s.referrer, s.language, s.country,
           s.class = ANY (@classes::smallint[]) AS asked
    FROM scans s
    WHERE s.code_id = @code_id AND s.class <> 4 AND s.scanned_at >= @raw_from AND s.scanned_at < @raw_to
), closed AS (
    SELECT d.dimension, CASE d.dimension WHEN 6 THEN (extract(isodow FROM d.day)::integer - 1) * 24 + d.value ELSE d.value END AS value, d.scans
    FROM scan_days d
    WHERE d.code_id = @code_id AND d.dimension = ANY ('{1,2,3,4,5,6}'::smallint[]) AND d.class = ANY (@classes)
      AND d.day >= sqlc.arg(head_from)::text::date AND d.day < sqlc.arg(head_to)::text::date
    UNION ALL
    SELECT m.dimension, m.value, m.scans FROM scan_months m
    WHERE m.code_id = @code_id AND m.dimension = ANY ('{1,2,3,4,5,6}'::smallint[]) AND m.class = ANY (@classes)
      AND m.month >= sqlc.arg(months_from)::text::date AND m.month < sqlc.arg(months_to)::text::date
    UNION ALL
    SELECT d.dimension, CASE d.dimension WHEN 6 THEN (extract(isodow FROM d.day)::integer - 1) * 24 + d.value ELSE d.value END, d.scans
    FROM scan_days d
    WHERE d.code_id = @code_id AND d.dimension = ANY ('{1,2,3,4,5,6}'::smallint[]) AND d.class = ANY (@classes)
      AND d.day >= sqlc.arg(tail_from)::text::date AND d.day < sqlc.arg(tail_to)::text::date
), counted AS (
    SELECT u.dimension, u.value, sum(u.scans)::bigint AS scans
    FROM (
        SELECT CASE grouping(r.qr, r.agent, r.referrer, r.language, r.country, r.hour) WHEN 31 THEN 1 WHEN 47 THEN 2 WHEN 55 THEN 3 WHEN 59 THEN 4 WHEN 61 THEN 5 ELSE 6 END AS dimension,
               coalesce(r.qr::integer, r.agent, r.referrer, r.language, r.country, r.hour) AS value, count(*) AS scans
        FROM (SELECT raw.*, (extract(isodow FROM raw.local)::integer - 1) * 24 + extract(hour FROM raw.local)::integer AS hour FROM raw WHERE raw.asked) r
        GROUP BY GROUPING SETS (r.qr, r.agent, r.referrer, r.language, r.country, r.hour)
        UNION ALL SELECT closed.dimension, closed.value, closed.scans FROM closed
    ) u GROUP BY 1, 2
), named AS (
    SELECT 'source' AS dimension, CASE WHEN c.value = 1 THEN 'qr' ELSE 'link' END AS name, c.scans FROM counted c WHERE c.dimension = 1
    UNION ALL SELECT v.dimension, v.name, c.scans FROM counted c JOIN scan_agents a ON a.id = c.value
              CROSS JOIN LATERAL (VALUES ('device', a.device), ('os', a.os), ('browser', a.browser)) v (dimension, name) WHERE c.dimension = 2
    UNION ALL SELECT (ARRAY['referrer', 'language', 'country'])[c.dimension - 2], w.word, c.scans
              FROM counted c JOIN scan_words w ON w.id = c.value WHERE c.dimension BETWEEN 3 AND 5
), ranked AS (
    SELECT n.dimension, n.name, sum(n.scans)::bigint AS scans, row_number() OVER (PARTITION BY n.dimension ORDER BY sum(n.scans) DESC, n.name) AS place
    FROM named n GROUP BY n.dimension, n.name
), series AS (
    SELECT CASE WHEN @hourly::boolean THEN date_trunc('hour', raw.scanned_at, @zone) ELSE raw.local::date::timestamp AT TIME ZONE @zone END AS begins_at,
           raw.class, count(*) AS scans, count(*) FILTER (WHERE raw.repeat) AS repeats
    FROM raw GROUP BY 1, 2
    UNION ALL
    SELECT (d.day + make_interval(hours => CASE WHEN @hourly THEN d.value ELSE 0 END)) AT TIME ZONE @zone, d.class, sum(d.scans), sum(d.repeats)
    FROM scan_days d
    WHERE d.code_id = @code_id AND d.dimension = CASE WHEN @hourly THEN 6 ELSE 1 END AND d.class <> 4
      AND d.day >= sqlc.arg(closed_from)::text::date AND d.day < sqlc.arg(closed_to)::text::date
    GROUP BY 1, 2
)
SELECT 'series'::text AS dimension, ''::text AS name, s.begins_at::timestamptz AS begins_at, s.class::smallint AS class, s.scans::bigint AS scans, s.repeats::bigint AS repeats FROM series s
UNION ALL SELECT 'week', c.value::text, 'epoch', 0, c.scans, 0 FROM counted c WHERE c.dimension = 6
UNION ALL SELECT r.dimension, r.name, 'epoch', 0, r.scans, 0 FROM ranked r WHERE r.place <= @at_most::integer
LIMIT 100000;

-- ScanDaysOfCodes is the scans of some codes by day, for the small charts of a
-- list. Until is up to when the days of those that have any are closed.
-- name: ScanDaysOfCodes :many
WITH asked AS (
    SELECT a.code_id, greatest(coalesce(r.until, '-infinity'::date), sqlc.arg(from_day)::text::date) AS since
    FROM unnest(@code_ids::integer[]) AS a (code_id) LEFT JOIN scan_rollups r ON r.code_id = a.code_id
)
SELECT d.code_id::bigint AS code_id, d.day::text AS day, sum(d.scans)::bigint AS scans
FROM scan_days d JOIN asked a ON a.code_id = d.code_id
WHERE d.dimension = 1 AND d.class <> 4 AND d.day >= sqlc.arg(from_day)::text::date
GROUP BY 1, 2
UNION ALL
SELECT a.code_id::bigint, c.day, c.scans
FROM asked a CROSS JOIN LATERAL (
    SELECT (s.scanned_at AT TIME ZONE @zone::text)::date::text AS day, count(*) AS scans FROM scans s
    WHERE s.code_id = a.code_id AND s.class <> 4 AND s.scanned_at >= @from_time AND s.scanned_at >= a.since::timestamp AT TIME ZONE @zone
    GROUP BY 1
) c
LIMIT 100000;

-- ListScans is one code's scan log, newest first. At_time and before tell the
-- page's beginning: scans before it, but for the first ones at that instant.
-- name: ListScans :many
SELECT s.scanned_at, s.class, s.qr, s.repeat, a.device, a.os, a.browser,
       r.word AS referrer, l.word AS language, c.word AS country
FROM scans s
JOIN scan_agents a ON a.id = s.agent JOIN scan_words r ON r.id = s.referrer
JOIN scan_words l ON l.id = s.language JOIN scan_words c ON c.id = s.country
WHERE s.code_id = @code_id AND s.class = ANY (@classes::smallint[]) AND s.scanned_at >= @from_time AND s.scanned_at <= @until_time
ORDER BY s.scanned_at DESC OFFSET @skip LIMIT @row_limit;
