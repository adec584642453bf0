-- name: CreateBackup :exec
INSERT INTO backups (started_at, finished_at, file, bytes, error)
VALUES (@started_at, @finished_at, @file, @bytes, @error);

-- ListLatestBackups gives the last good attempt and the last failed one.
-- name: ListLatestBackups :many
SELECT DISTINCT ON (error = '') id, started_at, finished_at, file, bytes, error
FROM backups ORDER BY error = '', id DESC LIMIT 2;

-- name: ListBackups :many
SELECT * FROM backups ORDER BY id LIMIT 1000;

-- PruneBackups forgets old attempts.
-- name: PruneBackups :exec
DELETE FROM backups WHERE id <= (SELECT b.id FROM backups b ORDER BY b.id DESC OFFSET 1000 LIMIT 1);

-- LastStored names the last code, change and scans that a database has, and
-- StoredAfter counts what another one has beyond them.
-- name: LastStored :one
SELECT coalesce((SELECT max(c.id) FROM codes c), 0)::bigint AS code_id, coalesce((SELECT max(e.id) FROM code_events e), 0)::bigint AS event_id,
       coalesce((SELECT max(b.stored_at) FROM scan_batches b), 'epoch')::timestamptz AS scans_at;

-- name: StoredAfter :one
SELECT (SELECT count(*) FROM codes c WHERE c.id > @code_id)::bigint AS codes,
       (SELECT count(*) FROM code_events e WHERE e.id > @event_id)::bigint AS changes,
       (SELECT coalesce(sum(b.scans), 0) FROM scan_batches b WHERE b.stored_at > @scans_at)::bigint AS scans,
       ARRAY(SELECT c.short_id FROM codes c WHERE c.id > @code_id AND c.short_id IS NOT NULL ORDER BY c.id LIMIT 20)::text[] AS short_ids;

-- name: DeleteBackups :exec
DELETE FROM backups;

-- RaiseCodeIDs keeps the IDs up to the given one from being given out: scans
-- in a journal may still be of codes that have them in another database.
-- name: RaiseCodeIDs :exec
SELECT setval(pg_get_serial_sequence('codes', 'id'), greatest(nextval(pg_get_serial_sequence('codes', 'id')), @at_least::bigint));
