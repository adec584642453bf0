-- name: ScanTotals :one
SELECT coalesce(sum(qr_scans), 0)::bigint AS qr_scans, coalesce(sum(link_scans), 0)::bigint AS link_scans,
       coalesce(max(last_scan_at), now())::timestamptz AS last_scan_at -- now where nothing was scanned
FROM code_totals;
