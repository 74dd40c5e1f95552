-- English words that say nothing, as DuckDB's full-text extension lists them: the index has none of them. It is loaded
-- while a lane has nothing else to do, for the extension takes half a second to tell.
-- grain: word
-- calls: stop_words
-- load: temporary
SELECT word FROM stop_words
