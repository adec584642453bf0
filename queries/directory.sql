-- DirectoryMark names a moment: whatever commits after it is in
-- ListDirectoryChanges(mark). The epoch names the history that the mark's
-- transaction numbers belong to: another server, a promoted standby, a
-- restored database or a rewritten table have another one.
-- name: DirectoryMark :one
SELECT pg_current_snapshot()::text AS mark,
       concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                 left(pg_walfile_name(pg_current_wal_lsn()), 8),
                 (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()),
                 'codes'::regclass::oid, pg_relation_filenode('codes'))::text AS epoch;

-- name: ListDirectory :many
SELECT id, short_id::text AS short_id, revision, state, target_url::text AS target_url,
       CASE payload_type WHEN '' THEN '' ELSE coalesce(content, '') END::text AS file, coalesce(fallback_url, '')::text AS fallback_url, starts_at, expires_at
FROM codes
WHERE kind = 'dynamic' AND id > @after_id
ORDER BY id
LIMIT @row_limit;

-- ListDirectoryChanges reads the codes whose last change the mark did not see.
-- All transactions below the mark's xmin had ended when it was taken, so that
-- the index gives all candidates; those it leaves out at the top end have
-- numbers of another server, from before a restore.
-- name: ListDirectoryChanges :many
SELECT id, short_id::text AS short_id, revision, state, target_url::text AS target_url,
       CASE payload_type WHEN '' THEN '' ELSE coalesce(content, '') END::text AS file, coalesce(fallback_url, '')::text AS fallback_url, starts_at, expires_at
FROM codes
WHERE kind = 'dynamic' AND id > @after_id
  AND changed_in >= pg_snapshot_xmin(CAST(@mark::text AS pg_snapshot))::text::bigint
  AND changed_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
  AND NOT pg_visible_in_snapshot(changed_in::text::xid8, CAST(@mark::text AS pg_snapshot))
ORDER BY id
LIMIT @row_limit;

-- name: DirectoryEntry :one
SELECT id, short_id::text AS short_id, revision, state, target_url::text AS target_url,
       CASE payload_type WHEN '' THEN '' ELSE coalesce(content, '') END::text AS file, coalesce(fallback_url, '')::text AS fallback_url, starts_at, expires_at
FROM codes
WHERE short_id = @short_id::text;
