-- The person of each full name: another name is the same person by its spelling, or with further words inside or in front.
-- `Bola A. Tinubu` is `Bola Tinubu`, and so is `Chief Bola Tinubu` with a third of the articles at most.
-- grain: name_id
-- refs: dw.dim_entity_decision name_use
-- load: temporary
WITH full_names AS MATERIALIZED (FROM name_use WHERE entity_type = 'person' AND word_count > 1),
-- a title or a particle in front is no first name: Chief Umar, de Silva
usual_names AS MATERIALIZED (FROM full_names WHERE word_count = 2 AND NOT is_no_first_name(split_part(name, ' ', 1))),
same_ends AS (  -- the same first and last name
    SELECT other.name_id, usual_id AS linked_id, 'spelling' AS link_basis, support
    FROM full_names AS other
    JOIN (SELECT first_word, last_word, arg_max(name_id, (article_count, name_id)) AS usual_id, max(article_count) AS support
          FROM usual_names GROUP BY ALL) USING (first_word, last_word)
    WHERE usual_id <> other.name_id
),
longer_names AS (
    SELECT longer.name_id, usual.name_id AS linked_id, 'longer_name' AS link_basis, usual.article_count AS support
    FROM (SELECT *, unnest(range(1, word_count - 1)) AS skipped FROM full_names WHERE word_count BETWEEN 3 AND 8) AS longer
    JOIN full_names AS usual ON usual.name = array_to_string(string_split(longer.name, ' ')[skipped + 1:], ' ')
    WHERE usual.article_count >= 3 AND usual.article_count >= 3 * longer.article_count
      AND NOT is_no_first_name(split_part(usual.name, ' ', 1))
),
frequent_names AS MATERIALIZED (FROM usual_names WHERE article_count >= 10),
misspellings AS (  -- one letter of a frequent name is wrong
    SELECT rare.name_id, usual.name_id AS linked_id, 'spelling' AS link_basis, usual.article_count AS support
    FROM usual_names AS rare JOIN frequent_names AS usual USING (last_word)
    WHERE usual.article_count >= 10 * rare.article_count AND length(usual.first_word) >= 4 AND left(usual.name, 1) = left(rare.name, 1)
      AND damerau_levenshtein(usual.first_word, rare.first_word) = 1
    UNION ALL
    SELECT rare.name_id, usual.name_id, 'spelling', usual.article_count
    FROM usual_names AS rare JOIN frequent_names AS usual USING (first_word)
    WHERE usual.article_count >= 10 * rare.article_count AND length(usual.last_word) >= 6 AND left(usual.last_word, 1) = left(rare.last_word, 1)
      AND damerau_levenshtein(usual.last_word, rare.last_word) = 1
),
links AS MATERIALIZED (
    SELECT name_id, arg_max({'linked_id': linked_id, 'link_basis': link_basis}, (link_basis = 'spelling', support, linked_id)) AS link
    FROM (FROM same_ends UNION ALL FROM longer_names UNION ALL FROM misspellings)
    ANTI JOIN (SELECT entity_id AS name_id FROM dw.dim_entity_decision WHERE decision IN ('merge', 'split', 'rename')) USING (name_id)
    GROUP BY name_id
)
-- a link may lead to a name with a link: three steps at most
SELECT name_id, name, coalesce(third.link.linked_id, second.link.linked_id, one.link.linked_id, name_id) AS person_id, one.link.link_basis
FROM full_names LEFT JOIN links AS one USING (name_id)
LEFT JOIN links AS second ON second.name_id = one.link.linked_id
LEFT JOIN links AS third ON third.name_id = second.link.linked_id
