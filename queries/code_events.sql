-- name: CreateCodeEvents :exec
INSERT INTO code_events (code_id, revision, actor, address, action, changes)
SELECT unnest(@code_ids::bigint[]), unnest(@revisions::integer[]), @actor, @address, @action, unnest(@changes::text[])::jsonb;

-- name: ListCodeEvents :many
SELECT * FROM code_events
WHERE code_id = @code_id AND (@before_id::bigint = 0 OR id < @before_id)
ORDER BY id DESC
LIMIT @row_limit;

-- name: CodeEventByID :one
SELECT * FROM code_events WHERE id = @id AND code_id = @code_id;

-- name: ListCodeEventsSince :many
SELECT * FROM code_events
WHERE code_id = @code_id AND revision > @revision
ORDER BY id
LIMIT @row_limit;

-- ListReceipts finds the downloads of a file by its hash.
-- name: ListReceipts :many
SELECT sqlc.embed(e), c.title
FROM code_events e JOIN codes c ON c.id = e.code_id
WHERE e.action = 'downloaded'
  AND jsonb_path_query_first(e.changes, '$[*] ? (@.field == "sha256").after') #>> '{}' = @sha256::text
ORDER BY e.id DESC
LIMIT @row_limit;
