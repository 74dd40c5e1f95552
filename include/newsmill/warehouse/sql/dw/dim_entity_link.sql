-- A name that by all nights loaded is the name of another entity, in every source or in one.
-- A surname is a person where nearly all articles with a full name of that surname name this person. Facts keep the entity of
-- the text: a link is undone by a decision of people on the name, or by other nights.
-- link_confidence is the share of these articles, less for few: alike names within an article were the same person as often.
-- grain: entity_link_key
-- key: entity_link_key
-- refs: dw.dim_entity_decision dw.fact_entity_name dw.fact_entity_count name_use person_name
-- scope: true
-- load: merge
WITH decided_names AS (
    SELECT entity_id AS name_id FROM dw.dim_entity_decision WHERE decision IN ('merge', 'split', 'rename')
    UNION
    SELECT into_entity_id FROM dw.dim_entity_decision
),
short_names AS MATERIALIZED (
    SELECT name_id, entity_type, name, article_count, lone_count, first_word AS word
    FROM name_use ANTI JOIN decided_names USING (name_id)
    WHERE word_count = 1 AND length(name) > 2 AND entity_type <> 'place'
),
bearers AS (
    SELECT name_id, person_id, word
    FROM (SELECT DISTINCT other.name_id, person_id, unnest([person.first_word, person.last_word, other.last_word]) AS word
          FROM person_name JOIN name_use AS person ON person.name_id = person_id
          JOIN name_use AS other ON other.name_id = person_name.name_id)
    SEMI JOIN short_names USING (word)
),
bearer_counts AS (
    SELECT coalesce(source_id, '') AS source_id, word, person_id, sum(article_count) AS article_count
    FROM bearers JOIN dw.fact_entity_count USING (name_id)
    GROUP BY GROUPING SETS ((word, person_id), (source_id, word, person_id))
),
bearer_shares AS MATERIALIZED (
    SELECT source_id, word, arg_max(person_id, (article_count, person_id)) AS person_id, max(article_count) AS support,
           sum(article_count) AS total, link_confidence(max(article_count), sum(article_count)) AS link_confidence
    FROM bearer_counts GROUP BY ALL
),
surname_links AS (
    SELECT name_id, source_id, person_id AS linked_id, 'surname' AS link_basis, link_confidence
    FROM short_names JOIN bearer_shares USING (word)
    LEFT JOIN (SELECT name, article_count AS place_count FROM name_use WHERE entity_type = 'place') USING (name)
    WHERE coalesce(place_count, 0) <= support AND bearer_shares.link_confidence >= min_link_confidence() AND support >= 3
      AND (entity_type = 'person' OR source_id = '' AND support >= article_count)
),
-- a word that is no part of a full name
unborne_names AS (
    SELECT short_names.*, coalesce(total, 0) AS bearer_count FROM short_names
    LEFT JOIN (FROM bearer_shares WHERE source_id = '') USING (word) WHERE entity_type = 'person'
),
kind_links AS (  -- more often an organisation or a place
    SELECT person.name_id, '' AS source_id, arg_max(other.name_id, (other.article_count, other.name_id)) AS linked_id,
           'kind' AS link_basis, max(link_confidence(other.article_count, other.article_count + person.lone_count + bearer_count)) AS link_confidence
    FROM unborne_names AS person
    JOIN (FROM name_use WHERE entity_type <> 'person' AND word_count = 1) AS other USING (name)
    WHERE other.entity_type = 'organization' OR other.article_count >= 5 * person.lone_count
    GROUP BY person.name_id HAVING max(other.article_count) >= 3 AND max(link_confidence(other.article_count, other.article_count + person.lone_count + bearer_count)) >= 0.6
),
single_names AS (  -- one name is all the name: in three articles or more
    SELECT name_id, '' AS source_id, name_id AS linked_id, 'single_name' AS link_basis,
           link_confidence(lone_count, lone_count + bearer_count) AS link_confidence
    FROM unborne_names WHERE lone_count >= 3 AND link_confidence(lone_count, lone_count + bearer_count) >= 0.7
),
organization_names AS (
    SELECT *, organization_key(name) AS key FROM name_use WHERE entity_type = 'organization' AND lone_count = 0
),
form_links AS (
    SELECT name_id, '' AS source_id, usual_id AS linked_id, 'name_form' AS link_basis, 0.95 AS link_confidence
    FROM organization_names
    JOIN (SELECT key, arg_max(name_id, (drop_company_forms(name) = name, article_count, name_id)) AS usual_id FROM organization_names GROUP BY key HAVING count(*) > 1) USING (key)
    WHERE usual_id <> name_id
),
acronym_uses AS (  -- defined in a text: American International Group (AIG)
    SELECT 'organization:' || lower(replace(surface, '.', '')) AS name_id, coalesce(linked_id, entity_id) AS linked_id, sum(named.article_count) AS article_count
    FROM dw.fact_entity_name AS named LEFT JOIN form_links ON form_links.name_id = named.entity_id
    WHERE entity_id LIKE 'organization:% %' AND regexp_full_match(surface, '\p{Lu}[\p{Lu}.&]{1,8}')
    GROUP BY ALL
),
acronyms AS (
    SELECT name_id, arg_max(linked_id, (article_count, linked_id)) AS linked_id, max(article_count) AS support,
           link_confidence(max(article_count), sum(article_count)) AS link_confidence
    FROM acronym_uses GROUP BY name_id
),
acronym_links AS (  -- a definition in one article of many with the acronym is an accident
    SELECT acronyms.name_id, '' AS source_id, linked_id, 'acronym' AS link_basis, link_confidence
    FROM acronyms JOIN name_use AS short ON short.name_id = acronyms.name_id JOIN name_use AS long ON long.name_id = linked_id
    WHERE link_confidence >= min_link_confidence() AND support >= greatest(3, short.article_count / 5) AND long.article_count >= 2
),
full_name_links AS (
    SELECT name_id, '' AS source_id, person_id AS linked_id, link_basis, 0.95 AS link_confidence FROM person_name WHERE person_id <> name_id
),
first_links AS MATERIALIZED (
    SELECT DISTINCT ON (name_id, source_id) *
    FROM (FROM surname_links UNION ALL FROM acronym_links UNION ALL FROM kind_links UNION ALL FROM single_names
          UNION ALL FROM form_links UNION ALL FROM full_name_links)
    ANTI JOIN decided_names USING (name_id)
    WHERE linked_id <> name_id OR link_basis = 'single_name'
    ORDER BY name_id, source_id, list_position(['surname', 'spelling', 'longer_name', 'acronym', 'name_form', 'kind', 'single_name'], link_basis)
),
links AS MATERIALIZED (  -- a link may lead to a name with a link: an acronym to a company's short name
    SELECT one.* REPLACE (coalesce(third.linked_id, second.linked_id, one.linked_id) AS linked_id)
    FROM first_links AS one
    LEFT JOIN first_links AS second ON second.name_id = one.linked_id AND second.source_id = ''
    LEFT JOIN first_links AS third ON third.name_id = second.linked_id AND third.source_id = ''
),
needed_links AS MATERIALIZED (  -- a source needs no row to say the same as all sources
    FROM links
    ANTI JOIN (SELECT name_id, linked_id FROM links WHERE source_id = '') AS general
      ON links.source_id <> '' AND general.name_id = links.name_id AND general.linked_id = links.linked_id
),
linked_names AS (  -- named as in dim_entity
    SELECT linked_id, arg_max(canonical_name, (is_own, times, canonical_name)) AS linked_name
    FROM (SELECT split_part(entity_id, '@', 1) AS linked_id, canonical_name, text_entity_id = entity_id AS is_own, sum(mention_count) AS times
          FROM dw.fact_entity_name WHERE split_part(entity_id, '@', 1) IN (SELECT linked_id FROM needed_links) GROUP BY ALL)
    GROUP BY linked_id
),
decisions AS (
    SELECT entity_id AS linked_id, arg_max(given_name, decided_at) AS given_name, bool_or(decision = 'hide') AS is_hidden
    FROM dw.dim_entity_decision WHERE decision IN ('hide', 'rename') GROUP BY entity_id
)
SELECT dw.surrogate_key(concat_ws('|', name_id, source_id)) AS entity_link_key, name_id, nullif(source_id, '') AS source_id,
       linked_id AS linked_entity_id, coalesce(given_name, linked_name) AS linked_name, link_basis, link_confidence,
       coalesce(is_hidden, false) AS is_hidden
FROM needed_links JOIN linked_names USING (linked_id) LEFT JOIN decisions USING (linked_id)
