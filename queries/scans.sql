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
SELECT c.relname::text AS name, c.relispartition AS attached
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
