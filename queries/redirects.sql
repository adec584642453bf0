-- name: RedirectByShortID :one
SELECT id, target_url, fallback_url, state, starts_at, expires_at
FROM codes WHERE short_id = @short_id::text;

-- name: CountScan :execrows
UPDATE code_totals
SET qr_scans = qr_scans + @qr, link_scans = link_scans + @link,
    last_scan_at = greatest(last_scan_at, clock_timestamp())
WHERE code_id = @code_id;

-- name: ScanTotals :one
SELECT coalesce(sum(qr_scans), 0)::bigint AS qr_scans, coalesce(sum(link_scans), 0)::bigint AS link_scans,
       coalesce(max(last_scan_at), now())::timestamptz AS last_scan_at -- now where nothing was scanned
FROM code_totals;
