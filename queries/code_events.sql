-- name: CreateCodeEvent :one
INSERT INTO code_events (code_id, actor, address, action, changes)
VALUES (@code_id, @actor, @address, @action, @changes)
RETURNING id;

-- name: ListCodeEvents :many
SELECT * FROM code_events
WHERE code_id = @code_id AND (@before_id::bigint = 0 OR id < @before_id)
ORDER BY id DESC
LIMIT @row_limit;

-- name: CodeEventByID :one
SELECT * FROM code_events WHERE id = @id AND code_id = @code_id;
