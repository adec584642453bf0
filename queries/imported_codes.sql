-- name: ListImportedCodes :many
SELECT * FROM imported_codes WHERE source = @source ORDER BY source_id LIMIT 1000000;

-- ImportCode makes a code that another system printed: what it holds never
-- changes from now on.
-- name: ImportCode :one
INSERT INTO codes (kind, short_id, title, description, target_url, content, level, quiet_zone, dark, light,
                   created_at, updated_at, printed_at, created_by, updated_by)
VALUES (@kind, @short_id, @title, @description, @target_url, @content, @level, @quiet_zone, @dark, @light,
        @created_at, now(), @created_at, @actor, @actor)
RETURNING id;

-- name: CreateImportedCode :exec
INSERT INTO imported_codes (source, source_id, code_id, scans_until) VALUES (@source, @source_id, @code_id, @scans_until);

-- MoveImportedCode notes that later scans were brought over; of two imports at
-- once, the second finds no row.
-- name: MoveImportedCode :execrows
UPDATE imported_codes SET scans_until = @scans_until
WHERE source = @source AND source_id = @source_id AND scans_until IS NOT DISTINCT FROM sqlc.narg(scans_before);

-- AddPastTotals adds scans that were counted and not kept one by one.
-- name: AddPastTotals :exec
INSERT INTO scan_past_totals AS p (code_id, qr_scans, link_scans)
SELECT unnest(@code_ids::bigint[]), unnest(@qr_scans::bigint[]), unnest(@link_scans::bigint[])
ON CONFLICT (code_id) DO UPDATE SET qr_scans = p.qr_scans + excluded.qr_scans, link_scans = p.link_scans + excluded.link_scans;
