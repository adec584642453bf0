-- DemoCodes makes many codes at once for trying the program at size. All of
-- them lead to example.org (RFC 2606).
-- name: DemoCodes :execrows
WITH numbers AS (SELECT i + (SELECT coalesce(max(id), 0) FROM codes) AS n FROM generate_series(1, @many::bigint) AS s (i))
INSERT INTO codes (kind, short_id, title, description, target_url, content, created_by, updated_by, created_at, updated_at)
SELECT CASE WHEN n % 20 = 0 THEN 'static' ELSE 'dynamic' END,
       CASE WHEN n % 20 = 0 THEN NULL ELSE 'demo' || lpad(to_hex(n), 6, '0') END,
       (ARRAY ['Library', 'Museum', 'Canteen', 'City hall', 'Lecture hall', 'Botanical garden', 'Tram stop'])[1 + n % 7] || ': ' ||
       (ARRAY ['opening hours', 'menu', 'guided tour', 'feedback', 'map', 'programme', 'ticket', 'audio guide', 'timetable', 'sign-up', 'poster'])[1 + n % 11] || ' ' || n,
       'Made by qrgen demo, number ' || n,
       CASE WHEN n % 20 = 0 THEN NULL ELSE 'https://www.example.org/' || md5(n::text) END,
       CASE WHEN n % 20 = 0 THEN 'Room ' || n || ' is on floor ' || n % 9 ELSE NULL END,
       'demo', 'demo', now() - n * interval '3 minutes', now() - (n * 7919) % 99991 * interval '3 minutes'
FROM numbers;

-- DemoScans gives them counts. There are no scans behind those, so they are
-- kept as what a dropped month has left.
-- name: DemoScans :execrows
WITH made AS (
    UPDATE code_totals t
    SET qr_scans = c.id * 7919 % 997, link_scans = c.id * 104729 % 89, last_scan_at = now() - c.id * 31 % 90 * interval '1 day'
    FROM codes c
    WHERE c.id = t.code_id AND c.created_by = 'demo' AND c.kind = 'dynamic' AND t.last_scan_at IS NULL
    RETURNING t.code_id, t.qr_scans, t.link_scans
)
INSERT INTO scan_past_totals (code_id, qr_scans, link_scans)
SELECT code_id, qr_scans, link_scans FROM made;

-- Vacuum gathers the planner's statistics and files what the trigram index
-- still has unsorted, as autovacuum would in a while.
-- name: Vacuum :exec
VACUUM (ANALYZE) codes, code_totals;
