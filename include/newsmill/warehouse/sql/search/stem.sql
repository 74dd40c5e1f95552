-- The stem of a word in lower case, as DuckDB's full-text extension finds it by Porter's rules, for shells without it.
-- The rules are those of Snowball's program porter: https://snowballstem.org/algorithms/porter/stemmer.html
-- arguments: word
-- load: macro
WITH marked AS (  -- a y that begins the word or follows a vowel is a consonant: Y
    SELECT regexp_replace(regexp_replace(word, '^y', 'Y'), '([aeiouy])y', '\1Y', 'g') AS w
),
singulars AS (
    SELECT CASE WHEN w LIKE '%sses' OR w LIKE '%ies' THEN w[:-3] WHEN w LIKE '%s' AND w NOT LIKE '%ss' THEN w[:-2] ELSE w END AS w
    FROM marked
),
past_endings AS (
    SELECT w, regexp_extract(w, '^(.*?)(eed|ed|ing)$', ['base', 'ending']) AS part FROM singulars
),
cut_words AS (
    SELECT CASE WHEN part.ending = 'eed' AND regexp_matches(part.base, '^[^aeiouy]*[aeiouy]+[^aeiouy]') THEN w[:-2]
                WHEN part.ending IN ('ed', 'ing') AND regexp_matches(part.base, '[aeiouy]') THEN part.base
                ELSE w END AS w,
           part.ending IN ('ed', 'ing') AND regexp_matches(part.base, '[aeiouy]') AS is_cut
    FROM past_endings
),
restored_words AS (
    SELECT CASE WHEN NOT is_cut THEN w
                WHEN regexp_matches(w, '(at|bl|iz)$') THEN w || 'e'
                WHEN regexp_matches(w, '(bb|dd|ff|gg|mm|nn|pp|rr|tt)$') THEN w[:-2]
                WHEN regexp_matches(w, '^[^aeiouy]*[aeiouy]+[^aeiouy]$') AND regexp_matches(w, '[^aeiouy][aeiouy][^aeiouywxY]$') THEN w || 'e'
                ELSE w END AS w
    FROM cut_words
),
with_i AS (
    SELECT CASE WHEN regexp_matches(w, '[aeiouy].*[yY]$') THEN w[:-2] || 'i' ELSE w END AS w FROM restored_words
),
second AS (
    SELECT w, regexp_extract(w, '^(.*?)(tional|enci|anci|abli|entli|eli|izer|ization|ational|ation|ator|alli|alism|aliti|fulness|ousli|ousness|iveness|iviti|biliti)$', ['base', 'ending']) AS part
    FROM with_i
),
shorter AS (
    SELECT CASE WHEN part.ending <> '' AND regexp_matches(part.base, '^[^aeiouy]*[aeiouy]+[^aeiouy]') THEN part.base || MAP {
        'tional': 'tion', 'enci': 'ence', 'anci': 'ance', 'abli': 'able', 'entli': 'ent', 'eli': 'e', 'izer': 'ize',
        'ization': 'ize', 'ational': 'ate', 'ation': 'ate', 'ator': 'ate', 'alli': 'al', 'alism': 'al', 'aliti': 'al',
        'fulness': 'ful', 'ousli': 'ous', 'ousness': 'ous', 'iveness': 'ive', 'iviti': 'ive', 'biliti': 'ble'
    }[part.ending] ELSE w END AS w
    FROM second
),
third AS (
    SELECT w, regexp_extract(w, '^(.*?)(alize|icate|iciti|ical|ative|ful|ness)$', ['base', 'ending']) AS part FROM shorter
),
plain AS (
    SELECT CASE WHEN part.ending <> '' AND regexp_matches(part.base, '^[^aeiouy]*[aeiouy]+[^aeiouy]') THEN part.base || MAP {
        'alize': 'al', 'icate': 'ic', 'iciti': 'ic', 'ical': 'ic', 'ative': '', 'ful': '', 'ness': ''
    }[part.ending] ELSE w END AS w
    FROM third
),
fourth AS (
    SELECT w, regexp_extract(w, '^(.*?)(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize|ion)$', ['base', 'ending']) AS part
    FROM plain
),
core AS (
    SELECT CASE WHEN part.ending <> '' AND regexp_matches(part.base, '^[^aeiouy]*[aeiouy]+[^aeiouy]+[aeiouy]+[^aeiouy]')
                     AND (part.ending <> 'ion' OR regexp_matches(part.base, '[st]$')) THEN part.base
                ELSE w END AS w
    FROM fourth
),
without_e AS (
    SELECT CASE WHEN w LIKE '%e' AND (regexp_matches(w[:-2], '^[^aeiouy]*[aeiouy]+[^aeiouy]+[aeiouy]+[^aeiouy]')
                     OR regexp_matches(w[:-2], '^[^aeiouy]*[aeiouy]+[^aeiouy]')
                        AND NOT regexp_matches(w[:-2], '[^aeiouy][aeiouy][^aeiouywxY]$')) THEN w[:-2]
                ELSE w END AS w
    FROM core
)
SELECT replace(CASE WHEN w LIKE '%ll' AND regexp_matches(w[:-2], '^[^aeiouy]*[aeiouy]+[^aeiouy]+[aeiouy]+[^aeiouy]') THEN w[:-2] ELSE w END, 'Y', 'y')
FROM without_e
