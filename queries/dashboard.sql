-- AllScanDays is the scans of all codes by the office's day, without tests.
-- name: AllScanDays :many
SELECT (h.hour AT TIME ZONE @zone::text)::date::text AS day, h.class, sum(h.scans)::bigint AS scans, sum(h.repeats)::bigint AS repeats
FROM scan_hours h
WHERE h.hour >= @from_time AND h.hour < @to_time AND h.class <> 4
GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 20000;

-- AllScanSums is the scans of all codes in some spans of whole hours, in their
-- order.
-- name: AllScanSums :many
SELECT coalesce(sum(h.scans), 0)::bigint AS scans, coalesce(sum(h.scans) FILTER (WHERE h.class = 1), 0)::bigint AS human
FROM (SELECT unnest(@from_times::timestamptz[]) AS from_time, unnest(@to_times::timestamptz[]) AS to_time, generate_subscripts(@from_times, 1) AS place) span
LEFT JOIN scan_hours h ON h.hour >= span.from_time AND h.hour < span.to_time AND h.class <> 4
GROUP BY span.place ORDER BY span.place LIMIT 100;

-- TopCodes is the codes with the most scans since a day. It counts the raw rows
-- of all codes that have no closed days, so it takes its time on a large
-- database: internal/stats keeps what it gives.
-- name: TopCodes :many
WITH counted AS (
    SELECT d.code_id, sum(d.scans) AS scans
    FROM scan_rollups r JOIN scan_days d ON d.code_id = r.code_id AND d.dimension = 1 AND d.class <> 4
    WHERE d.day >= sqlc.arg(from_day)::text::date
    GROUP BY 1
    UNION ALL
    SELECT s.code_id, count(*)
    FROM scans s LEFT JOIN scan_rollups r ON r.code_id = s.code_id
    WHERE s.scanned_at >= @from_time AND s.class <> 4 AND (r.until IS NULL OR s.scanned_at >= r.until::timestamp AT TIME ZONE @zone::text)
    GROUP BY 1
), top AS (
    SELECT t.code_id, sum(t.scans)::bigint AS scans FROM counted t GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT @at_most
)
SELECT t.code_id::bigint AS code_id, c.title, t.scans FROM top t JOIN codes c ON c.id = t.code_id ORDER BY t.scans DESC, t.code_id LIMIT 100;

-- ExpiringCodes is the active codes that expire soon.
-- name: ExpiringCodes :many
SELECT c.id, c.title, c.expires_at::timestamptz AS expires_at FROM codes c
WHERE c.state = 'active' AND c.expires_at > @from_time AND c.expires_at <= @to_time
ORDER BY c.expires_at, c.id LIMIT @row_limit;

-- UnscannedCodes is the codes that were downloaded some time ago, are active
-- and have not been scanned.
-- name: UnscannedCodes :many
SELECT c.id, c.title, c.printed_at::timestamptz AS printed_at FROM code_totals t JOIN codes c ON c.id = t.code_id
WHERE t.last_scan_at IS NULL AND c.kind = 'dynamic' AND c.state = 'active' AND (c.starts_at IS NULL OR c.starts_at <= @to_time)
  AND c.printed_at >= @from_time AND c.printed_at < @to_time
ORDER BY c.printed_at DESC, c.id LIMIT @row_limit;

-- name: AddDeadEnds :exec
INSERT INTO code_dead_ends AS e (day, code_id, qr, link)
SELECT unnest(@days::text[])::date, unnest(@code_ids::bigint[]), unnest(@qrs::integer[]), unnest(@links::integer[])
ON CONFLICT (day, code_id) DO UPDATE SET qr = e.qr + excluded.qr, link = e.link + excluded.link;

-- name: PruneDeadEnds :exec
DELETE FROM code_dead_ends WHERE day < sqlc.arg(before)::text::date;

-- DeadEnds is the codes that lead nowhere now and whose printed symbol was
-- scanned all the same.
-- name: DeadEnds :many
SELECT c.id, c.title, c.state, sum(e.qr)::bigint AS qr
FROM code_dead_ends e JOIN codes c ON c.id = e.code_id
WHERE e.day >= sqlc.arg(from_day)::text::date AND e.qr > 0
  AND (c.state <> 'active' OR c.starts_at > @now_time OR c.expires_at <= @now_time)
GROUP BY c.id ORDER BY 4 DESC, c.id LIMIT @row_limit;
