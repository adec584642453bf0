-- name: OpenScanTest :exec
INSERT INTO scan_tests (code_id, opened_at, closes_at, opened_by) VALUES (@code_id, @opened_at, @closes_at, @opened_by);

-- name: CloseScanTests :exec
UPDATE scan_tests SET closes_at = @closed_at WHERE code_id = @code_id AND opened_at < @closed_at AND closes_at > @closed_at;

-- LatestScanTest gives the test of a code that ended last, or has not ended.
-- name: LatestScanTest :one
SELECT * FROM scan_tests WHERE code_id = @code_id AND closes_at > @since ORDER BY closes_at DESC, id DESC LIMIT 1;

-- ListScanTests gives the tests that something between two times falls into.
-- name: ListScanTests :many
SELECT code_id, opened_at, closes_at FROM scan_tests
WHERE closes_at > @first AND opened_at <= sqlc.arg(last) ORDER BY id LIMIT 10000;

-- name: PruneScanTests :exec
DELETE FROM scan_tests WHERE closes_at < @before;

-- ListTestScans gives the scans of a test, newest first.
-- name: ListTestScans :many
SELECT s.scanned_at, s.qr, a.device, a.os, a.browser
FROM scans s JOIN scan_agents a ON a.id = s.agent
WHERE s.code_id = @code_id AND s.class = 4 AND s.scanned_at >= @opened_at AND s.scanned_at < @closes_at
ORDER BY s.scanned_at DESC LIMIT @row_limit;
