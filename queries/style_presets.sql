-- name: CreateStylePreset :one
INSERT INTO style_presets (name, is_default, level, auto_level, quiet_zone, dark, light, transparent, module_shape, finder_shape,
                           caption, logo_id, logo_size, created_by, updated_by)
VALUES (@name, @is_default, @level, @auto_level, @quiet_zone, @dark, @light, @transparent, @module_shape, @finder_shape,
        @caption, @logo_id, @logo_size, @actor, @actor)
RETURNING *;

-- name: StylePresetByID :one
SELECT * FROM style_presets WHERE id = @id;

-- name: DefaultStylePreset :one
SELECT * FROM style_presets WHERE is_default;

-- name: ListStylePresets :many
SELECT * FROM style_presets ORDER BY lower(name), id LIMIT @row_limit;

-- name: UpdateStylePreset :one
UPDATE style_presets
SET name = @name, is_default = @is_default, level = @level, auto_level = @auto_level, quiet_zone = @quiet_zone,
    dark = @dark, light = @light, transparent = @transparent, module_shape = @module_shape, finder_shape = @finder_shape,
    caption = @caption, logo_id = @logo_id, logo_size = @logo_size,
    revision = revision + 1, updated_at = now(), updated_by = @actor
WHERE id = @id AND revision = @revision
RETURNING *;

-- ClearDefaultStylePreset makes room for another default.
-- name: ClearDefaultStylePreset :exec
UPDATE style_presets SET is_default = false, revision = revision + 1, updated_at = now(), updated_by = @actor
WHERE is_default AND id <> @id;

-- name: DeleteStylePreset :execrows
DELETE FROM style_presets WHERE id = @id;
