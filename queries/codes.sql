-- name: CreateCode :one
INSERT INTO codes (kind, short_id, title, description, target_url, content, payload_type, payload_fields, fallback_url, starts_at, expires_at,
                   level, auto_level, quiet_zone, dark, light, transparent, module_shape, finder_shape, caption,
                   logo_id, logo_size, form_token, created_by, updated_by)
VALUES (@kind, @short_id, @title, @description, @target_url, @content, @payload_type, coalesce(@payload_fields::jsonb, '{}'), @fallback_url, @starts_at, @expires_at,
        @level, @auto_level, @quiet_zone, @dark, @light, @transparent, @module_shape, @finder_shape, @caption,
        @logo_id, @logo_size, @form_token, @actor, @actor)
RETURNING *;

-- name: CodeByID :one
SELECT sqlc.embed(c), sqlc.embed(t)
FROM codes c JOIN code_totals t ON t.code_id = c.id
WHERE c.id = @id;

-- name: CodeByFormToken :one
SELECT * FROM codes WHERE form_token = @form_token::text;

-- name: ListCodesByFormTokens :many
SELECT * FROM codes WHERE form_token = ANY (@form_tokens::text[]) ORDER BY id;

-- name: ShortIDTaken :one
SELECT EXISTS (SELECT FROM codes WHERE short_id = @short_id::text);

-- LockImports lets one import at a time make its codes: two that choose the
-- same short IDs in another order would wait for each other.
-- name: LockImports :exec
SELECT pg_advisory_xact_lock(7366372914005);

-- ListTwins gives the codes in use that have one of the titles and one of the
-- targets.
-- name: ListTwins :many
SELECT id, title, target_url::text AS target_url FROM codes
WHERE target_url = ANY (@target_urls::text[]) AND title = ANY (@titles::text[]) AND state <> 'retired'
ORDER BY id LIMIT 10000;

-- ListTakenShortIDs gives those of the short IDs that codes have.
-- name: ListTakenShortIDs :many
SELECT id, short_id::text AS short_id FROM codes WHERE short_id = ANY (@short_ids::text[]) ORDER BY id LIMIT 1000000;

-- name: LockCode :one
SELECT * FROM codes WHERE id = @id FOR NO KEY UPDATE;

-- name: ListCodesByIDs :many
SELECT * FROM codes WHERE id = ANY (@ids::bigint[]) ORDER BY id;

-- LockCodes locks in the order of ids, so that two selections that overlap
-- wait for each other and never cross.
-- name: LockCodes :many
SELECT * FROM codes WHERE id = ANY (@ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: SetCodeStates :many
UPDATE codes
SET state = @state, revision = revision + 1, updated_at = now(), updated_by = @actor
WHERE id = ANY (@ids::bigint[])
RETURNING *;

-- name: UpdateCode :one
UPDATE codes
SET title = @title, description = @description, target_url = @target_url, content = @content,
    payload_type = @payload_type, payload_fields = @payload_fields, fallback_url = @fallback_url,
    starts_at = @starts_at, expires_at = @expires_at,
    level = @level, auto_level = @auto_level, quiet_zone = @quiet_zone, dark = @dark, light = @light, transparent = @transparent,
    module_shape = @module_shape, finder_shape = @finder_shape, caption = @caption,
    logo_id = @logo_id, logo_size = @logo_size,
    revision = revision + 1, updated_at = now(), updated_by = @actor
WHERE id = @id AND revision = @revision
RETURNING *;

-- name: SetCodeState :one
UPDATE codes
SET state = @state, revision = revision + 1, updated_at = now(), updated_by = @actor
WHERE id = @id
RETURNING *;

-- name: MarkCodePrinted :one
UPDATE codes SET printed_at = coalesce(printed_at, now()) WHERE id = @id RETURNING revision;

-- name: MarkCodesPrinted :many
UPDATE codes SET printed_at = coalesce(printed_at, now()) WHERE id = ANY (@ids::bigint[]) RETURNING *;

-- ListCodes reads one page in one of eight orders. The connection plans with
-- the values at hand (plan_cache_mode=force_custom_plan), so every CASE folds
-- away and the index of the order asked for is walked; TestListCodesPlans
-- holds this.
-- name: ListCodes :many
SELECT sqlc.embed(c), sqlc.embed(t)
FROM codes c JOIN code_totals t ON t.code_id = c.id
WHERE (@kind::text = '' OR c.kind = @kind)
  AND (@state::text = '' OR c.state = CASE WHEN @state IN ('scheduled', 'expired') THEN 'active' ELSE @state END)
  AND (@state <> 'active' OR ((c.starts_at IS NULL OR c.starts_at <= now()) AND (c.expires_at IS NULL OR c.expires_at > now())))
  AND (@state <> 'scheduled' OR c.starts_at > now())
  AND (@state <> 'expired' OR c.expires_at <= now())
  AND (@word1::text = '' OR code_search_text(c.title, c.description, c.target_url, c.content, c.short_id) LIKE @word1)
  AND (@word2::text = '' OR code_search_text(c.title, c.description, c.target_url, c.content, c.short_id) LIKE @word2)
  AND (@word3::text = '' OR code_search_text(c.title, c.description, c.target_url, c.content, c.short_id) LIKE @word3)
  AND (@after_id::bigint = 0 OR CASE @sort::text
        WHEN 'title'   THEN CASE WHEN @descending::boolean THEN (lower(c.title), c.id) < (lower(@after_text::text), @after_id) ELSE (lower(c.title), c.id) > (lower(@after_text), @after_id) END
        WHEN 'created' THEN CASE WHEN @descending THEN (c.created_at, c.id) < (@after_time::timestamptz, @after_id) ELSE (c.created_at, c.id) > (@after_time, @after_id) END
        WHEN 'changed' THEN CASE WHEN @descending THEN (c.updated_at, c.id) < (@after_time, @after_id) ELSE (c.updated_at, c.id) > (@after_time, @after_id) END
        ELSE                CASE WHEN @descending THEN (t.scans, t.code_id) < (@after_number::bigint, @after_id) ELSE (t.scans, t.code_id) > (@after_number, @after_id) END
      END)
ORDER BY
    CASE WHEN @sort = 'title'   AND NOT @descending THEN lower(c.title) END,
    CASE WHEN @sort = 'title'   AND @descending     THEN lower(c.title) END DESC,
    CASE WHEN @sort = 'created' AND NOT @descending THEN c.created_at END,
    CASE WHEN @sort = 'created' AND @descending     THEN c.created_at END DESC,
    CASE WHEN @sort = 'changed' AND NOT @descending THEN c.updated_at END,
    CASE WHEN @sort = 'changed' AND @descending     THEN c.updated_at END DESC,
    CASE WHEN @sort = 'scans'   AND NOT @descending THEN t.scans END,
    CASE WHEN @sort = 'scans'   AND @descending     THEN t.scans END DESC,
    CASE WHEN NOT @descending THEN c.id END,
    CASE WHEN @descending     THEN c.id END DESC
LIMIT @row_limit;

-- name: CountCodes :one
SELECT count(*) FROM (
    SELECT FROM codes c
    WHERE (@kind::text = '' OR c.kind = @kind)
      AND (@state::text = '' OR c.state = CASE WHEN @state IN ('scheduled', 'expired') THEN 'active' ELSE @state END)
      AND (@state <> 'active' OR ((c.starts_at IS NULL OR c.starts_at <= now()) AND (c.expires_at IS NULL OR c.expires_at > now())))
      AND (@state <> 'scheduled' OR c.starts_at > now())
      AND (@state <> 'expired' OR c.expires_at <= now())
      AND (@word1::text = '' OR code_search_text(c.title, c.description, c.target_url, c.content, c.short_id) LIKE @word1)
      AND (@word2::text = '' OR code_search_text(c.title, c.description, c.target_url, c.content, c.short_id) LIKE @word2)
      AND (@word3::text = '' OR code_search_text(c.title, c.description, c.target_url, c.content, c.short_id) LIKE @word3)
    LIMIT @at_most
) matches;

-- name: AnyCode :one
SELECT EXISTS (SELECT FROM codes);

-- CodeCounts groups first, which an index answers, and adds up the few groups.
-- name: CodeCounts :one
SELECT coalesce(sum(g.codes), 0)::bigint AS codes,
       coalesce(sum(g.codes) FILTER (WHERE g.state = 'active'), 0)::bigint AS kept_active, -- scheduled and expired ones among them
       (SELECT count(*) FROM codes WHERE state = 'active' AND starts_at > now()) AS scheduled,
       (SELECT count(*) FROM codes WHERE state = 'active' AND expires_at <= now()) AS expired,
       coalesce(sum(g.codes) FILTER (WHERE g.state = 'paused'), 0)::bigint AS paused,
       coalesce(sum(g.codes) FILTER (WHERE g.state = 'retired'), 0)::bigint AS retired
FROM (SELECT c.state, count(*) AS codes FROM codes c GROUP BY c.state) g;

-- name: CodesByState :many
-- A dozen groups at the most. An active code whose time is not now is scheduled or expired.
SELECT kind, (CASE WHEN state = 'active' AND starts_at > now() THEN 'scheduled'
                   WHEN state = 'active' AND expires_at <= now() THEN 'expired'
                   ELSE state END)::text AS state, count(*) AS codes
FROM codes
GROUP BY 1, 2
ORDER BY 1, 2;
