-- A name of an entity over history: the articles with it, and those in which it is a person's only name.
-- The first and the last word are spelled alike where people spell one name in several ways.
-- grain: name_id
-- refs: dw.fact_entity_count
-- load: temporary
WITH names AS (
    SELECT name_id, split_part(name_id, ':', 1) AS entity_type, substr(name_id, strpos(name_id, ':') + 1) AS name,
           CAST(sum(article_count) AS BIGINT) AS article_count,
           CAST(coalesce(sum(article_count) FILTER (is_lone), 0) AS BIGINT) AS lone_count
    FROM dw.fact_entity_count GROUP BY name_id
),
words AS (SELECT *, string_split(name, ' ') AS words FROM names),
spellings AS (  -- words recur: each is spelled once
    SELECT word, spelling_key(word) AS spelling
    FROM (SELECT DISTINCT unnest([words[1], words[-1]]) AS word FROM words WHERE entity_type = 'person' OR len(words) = 1)
)
SELECT name_id, entity_type, name, article_count, lone_count, first_word.spelling AS first_word, last_word.spelling AS last_word,
       len(words) AS word_count
FROM words LEFT JOIN spellings AS first_word ON first_word.word = words[1]
LEFT JOIN spellings AS last_word ON last_word.word = words[-1]
