-- English stop words, as DuckDB's full-text extension lists them: the search index leaves them out. A model of its own, so
-- that the half second of the extension runs while a connection is idle.
-- grain: word
-- calls: stop_words
-- load: temporary
SELECT word FROM stop_words
