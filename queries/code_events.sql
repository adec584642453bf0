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
