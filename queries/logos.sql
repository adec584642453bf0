-- name: CreateLogo :one
INSERT INTO logos (name, png, hash, width, height, created_by)
VALUES (@name, @png, @hash, @width, @height, @actor)
RETURNING id;

-- name: LogoByHash :one
SELECT id FROM logos WHERE hash = @hash;

-- name: LogoPNG :one
SELECT png FROM logos WHERE id = @id;

-- name: LogoNames :many
SELECT id, name FROM logos WHERE id = ANY (@ids::bigint[]) ORDER BY id LIMIT 1000;

-- name: ListLogos :many
SELECT id, name, hash, width, height, octet_length(png) AS bytes, created_at, created_by,
       (SELECT count(*) FROM codes c WHERE c.logo_id = l.id) AS codes,
       (SELECT count(*) FROM style_presets p WHERE p.logo_id = l.id) AS presets
FROM logos l
ORDER BY lower(name), id
LIMIT @row_limit;

-- ListLogoUses gives the latest codes of each logo.
-- name: ListLogoUses :many
SELECT l.id AS logo_id, c.id, c.title
FROM logos l CROSS JOIN LATERAL (
    SELECT id, title, updated_at FROM codes WHERE logo_id = l.id ORDER BY updated_at DESC, codes.id LIMIT @for_each
) c
ORDER BY l.id, c.updated_at DESC, c.id
LIMIT @row_limit;

-- name: CountLogos :one
SELECT count(*) FROM logos;

-- name: DeleteLogo :execrows
DELETE FROM logos WHERE id = @id;
