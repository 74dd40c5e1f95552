-- A person, organisation or place, one row for each role it was given, with the nights on which the role was valid.
-- Mentions are counted in article versions on their first night: an unchanged text adds no observation.
-- Credits count in no alias.
-- A person mentioned by one name alone in an article is an entity of that article: a surname identifies nobody.
-- Where all nights say who that is, linked_entity_id is this person, and type and name of the row are the person's.
-- grain: entity_id
-- key: entity_key
-- refs: dw.dim_entity_decision dw.dim_entity_link dw.fact_entity_name
-- observed: SELECT entity_id, night FROM dw.fact_entity_name
-- seen_in: dw.fact_mention
-- affected_keys: WITH changed AS (FROM deleted_dim_entity_decision UNION ALL FROM inserted_dim_entity_decision), named AS (SELECT entity_id FROM changed UNION SELECT into_entity_id FROM changed) FROM named UNION SELECT entity_id FROM dw.dim_entity WHERE split_part(entity_id, '@', 1) IN (FROM named)
-- attribute_keys: WITH changed AS (FROM deleted_dim_entity_link UNION ALL FROM inserted_dim_entity_link) SELECT entity_id FROM dw.dim_entity WHERE split_part(entity_id, '@', 1) IN (SELECT name_id FROM changed)
-- tracks: role_title
-- load: scd2
WITH renamed_or_hidden AS (
    SELECT entity_id, arg_max(given_name, decided_at) AS given_name, bool_or(decision = 'hide') AS is_hidden
    FROM dw.dim_entity_decision WHERE decision IN ('hide', 'rename') GROUP BY entity_id
),
name_counts AS MATERIALIZED (FROM dw.fact_entity_name SEMI JOIN affected_keys USING (entity_id)),
canonical_counts AS (
    SELECT entity_id, canonical_name, text_entity_id = entity_id AS is_own, sum(mention_count) AS times FROM name_counts GROUP BY ALL
),
names AS (
    SELECT counts.entity_id, coalesce(any_value(given_name), arg_max(canonical_name, (is_own, times, canonical_name))) AS canonical_name,
           coalesce(bool_or(is_hidden), false) AS is_hidden
    FROM canonical_counts AS counts
    LEFT JOIN renamed_or_hidden AS decision
      ON decision.entity_id IN (counts.entity_id, split_part(counts.entity_id, '@', 1))
    GROUP BY counts.entity_id
),
sources AS (SELECT DISTINCT entity_id, split_part(entity_id, '@', 1) AS name_id, source_id FROM name_counts),
links AS (  -- a link in the source of the article before one in all sources
    SELECT entity_id, arg_max({'linked_entity_id': linked_entity_id, 'linked_name': linked_name, 'link_basis': link_basis,
                               'link_confidence': link_confidence, 'is_hidden': link.is_hidden}, link.source_id IS NOT NULL) AS link
    FROM sources JOIN dw.dim_entity_link AS link USING (name_id)
    WHERE link.source_id IS NULL OR link.source_id = sources.source_id
    GROUP BY entity_id
),
surfaces AS (
    SELECT entity_id, surface, CAST(sum(mention_count) AS BIGINT) AS times
    FROM name_counts JOIN names USING (entity_id) LEFT JOIN links USING (entity_id)
    WHERE NOT is_credit AND surface <> coalesce(link.linked_name, names.canonical_name) GROUP BY ALL
),
aliases AS (
    SELECT entity_id, list(surface ORDER BY times DESC, surface) AS aliases,
           list(times ORDER BY times DESC, surface) AS alias_counts
    FROM surfaces GROUP BY entity_id
),
roles AS (
    SELECT entity_id, night, arg_max(role_title, (times, role_title)) AS role_title
    FROM (
        SELECT entity_id, night, role_title, sum(mention_count) AS times
        FROM name_counts WHERE role_title IS NOT NULL GROUP BY ALL
    )
    GROUP BY entity_id, night
),
countries AS (
    SELECT entity_id, arg_max(country_code, (times, country_code)) AS country_code
    FROM (
        SELECT entity_id, country_code, sum(mention_count) AS times FROM name_counts WHERE country_code IS NOT NULL GROUP BY ALL
    )
    GROUP BY entity_id
),
nights AS (  -- a night without a role begins no version but the first
    SELECT entity_id, min(night) AS night FROM name_counts GROUP BY entity_id
    UNION
    SELECT entity_id, night FROM roles
)
SELECT entity_id, night, split_part(coalesce(link.linked_entity_id, entity_id), ':', 1) AS entity_type,
       coalesce(link.linked_name, canonical_name) AS canonical_name, coalesce(aliases, []) AS aliases,
       coalesce(alias_counts, []) AS alias_counts,
       last_value(role_title IGNORE NULLS) OVER (PARTITION BY entity_id ORDER BY night) AS role_title,
       country_code, coalesce(link.linked_entity_id, entity_id) AS linked_entity_id, link.link_basis, link.link_confidence,
       names.is_hidden OR coalesce(link.is_hidden, false) AS is_hidden
FROM nights JOIN names USING (entity_id) LEFT JOIN aliases USING (entity_id)
LEFT JOIN countries USING (entity_id) LEFT JOIN roles USING (entity_id, night) LEFT JOIN links USING (entity_id)
