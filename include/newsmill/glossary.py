"""Type and meaning of every column name, once: lake relations and warehouse tables take types and comments from here."""

from collections.abc import Iterable

import pyarrow as pa

from newsmill.contracts import BOOL, DATE, INT, LONG, REAL, TEXT, Column, key_column, span_columns
from newsmill.errors import BrokenContract
from newsmill.extractors import extractors

TEXTS = pa.list_(TEXT)
LONGS = pa.list_(LONG)
HASHES = pa.list_(pa.uint64())
MOMENT = pa.timestamp("us", tz="UTC")
METADATA = pa.list_(pa.struct([("field", TEXT), ("value", TEXT), ("method", TEXT), ("confidence", REAL)]))
CONTEXTS = pa.list_(pa.struct([("first", pa.uint64()), ("second", pa.uint64()), ("third", pa.uint64())]))
LIVE_ENTRIES = pa.list_(pa.struct([("entry_time", TEXT), ("page_char_start", INT)]))
RANGES = pa.list_(pa.struct([("page_char_start", INT), ("page_char_end", INT), ("line_start", INT)]))

DISPOSITIONS = ("kept", "dropped")
BLOCK_REASONS = (
    "title",
    "error_banner",
    "repeat",
    "legal_disclaimer",
    "comments",
    "navigation",
    "share",
    "newsletter",
    "related",
    "byline",
    "update_note",
    "copyright",
    "caption",
    "advertisement",
    "dateline",
    "cross_page_boilerplate",
    "not_content",
)
DECISIONS = ("keep", "drop", "merge", "split", "hide", "rename", "release", "discard")

# Measures of a text by newsmill/cleaning/quality_signals.py, after cleaning and before.
MEASURES = (
    Column("word_count", INT, "Words of the text."),
    Column("sentence_count", INT, "Sentences of the text, counted by their final punctuation."),
    Column("rps_doc_word_count", INT, "RedPajama: words of the text."),
    Column(
        "rps_doc_num_sentences",
        INT,
        "RedPajama: sequences of text up to full stops, exclamation and question marks, with a word in them.",
    ),
    Column("rps_doc_mean_word_length", REAL, "RedPajama: mean characters of a word."),
    Column("rps_doc_frac_unique_words", REAL, "RedPajama: distinct words over words."),
    Column("rps_doc_unigram_entropy", REAL, "RedPajama: entropy of the words, in nats."),
    Column("rps_doc_frac_all_caps_words", REAL, "RedPajama: share of words all in capitals."),
    Column(
        "rps_doc_frac_no_alph_words", REAL, "RedPajama: share of words and runs of signs without a letter from A to Z."
    ),
    Column("rps_doc_stop_word_fraction", REAL, "RedPajama: share of words that are English function words."),
    Column("rps_doc_symbol_to_word_ratio", REAL, "RedPajama: hashes and ellipses over words."),
    Column("rps_doc_curly_bracket", REAL, "RedPajama: curly brackets over characters."),
    Column(
        "rps_doc_lorem_ipsum", REAL, "RedPajama: occurrences of lorem ipsum over characters of the normalised text."
    ),
    Column("rps_doc_frac_lines_end_with_ellipsis", REAL, "RedPajama: share of lines that end in an ellipsis."),
    Column(
        "rps_lines_ending_with_terminal_punctution_mark",
        REAL,
        "RedPajama's list for each line, as the share of lines that end in a full stop, an exclamation or question mark, or a closing quote.",
    ),
    Column(
        "rps_lines_start_with_bulletpoint",
        REAL,
        "RedPajama's list for each line, as the share of lines that start with a bullet or a dash.",
    ),
    Column("rps_lines_num_words", REAL, "RedPajama's list for each line, as the mean of the words in a line."),
    Column(
        "rps_lines_numerical_chars_fraction",
        REAL,
        "RedPajama's list for each line, as the mean of the share of numerals in a line.",
    ),
    Column(
        "rps_lines_uppercase_letter_fraction",
        REAL,
        "RedPajama's list for each line, as the mean of the share of capitals in a line.",
    ),
    Column(
        "rps_lines_javascript_counts",
        INT,
        "RedPajama's list for each line, as the sum of the occurrences of the word javascript.",
    ),
    *(
        Column(
            f"rps_doc_frac_chars_top_{size}gram",
            REAL,
            f"RedPajama: share of the words' characters in the most frequent sequence of {size} words.",
        )
        for size in (2, 3, 4)
    ),
    *(
        Column(
            f"rps_doc_frac_chars_dupe_{size}grams",
            REAL,
            f"RedPajama: share of the words' characters in sequences of {size} words that occur more than once.",
        )
        for size in range(5, 11)
    ),
)
PAGE_MEASURES = tuple(
    Column(f"page_{column.name}", column.type, f"Before repair, of the whole page as read: {column.meaning}")
    for column in MEASURES
)

_COLUMNS = (
    # origin of a row
    Column("night", DATE, "The night whose dumps the row comes from."),
    Column(
        "dump",
        TEXT,
        "Name of the source in sources.toml, or of the path given on the command line; its files of the night are the dump.",
    ),
    Column("dump_file", TEXT, "Landed file that holds the record, relative to the landing folder."),
    Column("record_no", LONG, "Number of the record in its file, from 1; 0 is the whole file."),
    Column(
        "member",
        TEXT,
        "Path of the record's file within a landed archive, one step for each archive, joined by !; null where the landed file is no archive.",
    ),
    Column("byte_start", LONG, "First byte of the record in the unpacked file or member."),
    Column("byte_end", LONG, "Byte after the record's last in the unpacked file or member."),
    Column("page_id", TEXT, "One capture of one page: the dump file and the record in it."),
    Column(
        "document_id",
        TEXT,
        "The dump's own id of the page: its record id, url or file name, or a hash of its text where it has none.",
    ),
    # the page as read
    Column(
        "page_text", TEXT, "The page as read: decoded, repaired, NFC, lines ended by one newline; never changed after."
    ),
    Column(
        "line_marks",
        pa.list_(LONG),
        "Markup around each line of the page, as the bits that newsmill/nlp/line_markup.py names; null where the dump had none.",
    ),
    Column(
        "metadata",
        METADATA,
        "Metadata of the article with origin and confidence: every value of a field, the most confident first.",
    ),
    Column("encoding", TEXT, "Encoding the bytes were read with."),
    Column(
        "repairs",
        TEXTS,
        "Repairs made while decoding: newlines, mojibake, nfc, control_characters, undecodable_bytes, html_entities.",
    ),
    Column(
        "content",
        TEXT,
        "Content of the record: a page with boilerplate around its article, or the article alone.",
        ("page", "article"),
    ),
    Column("declared_title", TEXT, "Title as the dump's metadata gives it."),
    Column("declared_authors", TEXTS, "Authors as the dump's metadata gives them."),
    Column("declared_language", TEXT, "Language code as the dump's metadata gives it."),
    Column("declared_published_at", MOMENT, "Time of publication as the dump's metadata gives it."),
    # publishers, in columns named source
    Column(
        "source_id",
        TEXT,
        "The publisher: domain of its site, else its name, else the name of the source in sources.toml.",
    ),
    Column("name", TEXT, "Name people know it by."),
    Column("domain", TEXT, "Host of the site, without www."),
    Column("country_code", TEXT, "ISO 3166-1 alpha-2 code of the country."),
    Column("is_wire", BOOL, "Whether the publisher is a news agency whose text others reprint."),
    Column("owner", TEXT, "Who owns the publisher."),
    # articles
    Column("article_id", TEXT, "The article whatever its version: its canonical url, else publisher and document id."),
    Column("version", INT, "Number of the version, from 1, in order of nights."),
    Column(
        "url", TEXT, "Address of the page as the dump gives it, without user, password and values of secret parameters."
    ),
    Column("canonical_url", TEXT, "Address without fragment, tracking parameters, www and trailing slash."),
    Column("title", TEXT, "Headline of the article."),
    Column("authors", TEXTS, "Who wrote it, by byline or metadata."),
    Column("agency", TEXT, "News agency that the text credits."),
    Column("dateline", TEXT, "Place and date line that opens the text."),
    Column("is_live_blog", BOOL, "Whether it is a live blog, by its type, its address or the times of its entries."),
    Column(
        "live_entries",
        LIVE_ENTRIES,
        "Entries of a live blog: the time as printed, and the character of the page at which the entry begins; null for other articles.",
    ),
    Column("notes", TEXTS, "Corrections and updates that the page notes, each in its own words."),
    Column("language", TEXT, "ISO 639-1 code of the language the text is in; und if undetermined."),
    Column(
        "language_confidence", REAL, "Share of the text, 0 to 1, that the language detector ascribes to the language."
    ),
    Column("published_at", MOMENT, "When it was published: an article by its own word, a snapshot by the clock."),
    Column("published_day", DATE, "Day of publication in the publisher's zone, where the page shows it; else in UTC."),
    Column(
        "published_precision",
        TEXT,
        "Day where the time of publication is midnight in its zone, as dates without a time of day are read; else time.",
        ("day", "time"),
    ),
    Column(
        "published_method",
        TEXT,
        "Where the time of publication was taken from; none if it is unknown.",
        ("metadata", "text", "url", "none"),
    ),
    Column("published_confidence", REAL, "How far the time of publication can be trusted, 0 to 1."),
    Column("text", TEXT, "The article's text: the kept body ranges of the page, one after another, unchanged."),
    Column("ranges", RANGES, "Ranges of the page that make up the text, in order, each with the line it starts on."),
    Column(
        "title_page_char_start", INT, "First character of the title in the page; null where the page does not show it."
    ),
    Column(
        "title_page_char_end",
        INT,
        "Character after the title's last in the page; null where the page does not show it.",
    ),
    Column("content_sha256", TEXT, "SHA-256 of title and text: a new value is a new version."),
    Column(
        "text_sha256",
        TEXT,
        "SHA-256 over the 64-bit hashes of the text's words in lower case: copies of one text share it.",
    ),
    Column("valid_from", DATE, "First night on which this holds."),
    Column("valid_to", DATE, "First night on which this no longer holds; 9999-12-31 while it does."),
    Column("is_current", BOOL, "Whether this holds as of the last night loaded."),
    # measures of articles
    Column("page_chars", INT, "Characters of the page as read."),
    Column("kept_chars", INT, "Characters of the page kept as the article's text."),
    Column("repeat_chars", INT, "Characters dropped because the page repeats them."),
    Column("boilerplate_chars", INT, "Characters dropped as boilerplate of any kind."),
    Column(
        "expected_chars",
        INT,
        "Characters that the text should have: by the body or the word count in the page's metadata, else those kept and those of the lines left out that may be text.",
    ),
    *MEASURES,
    *PAGE_MEASURES,
    Column(
        "quality_warnings",
        TEXTS,
        "Names of the thresholds in newsmill/cleaning/verdicts.py that the text crosses and that turn no article away; likely_truncated and likely_overcomplete by newsmill/cleaning/completeness.py; and extractors that gave no rows, such as mentions_failed and mentions_timeout.",
    ),
    Column("text_key", LONG, "Warehouse key of the text: the first 63 bits of text_sha256; -1 is unknown."),
    Column("shingle_count", INT, "Different runs of five words in the text."),
    Column(
        "bands",
        HASHES,
        "MinHash signature: for each of 32 bands a hash of the least of four permutations of the text's shingles.",
    ),
    Column(
        "samples",
        HASHES,
        "Hashes of every sixteenth shingle, chosen by its hash: texts that share a passage share these.",
    ),
    Column(
        "lsh_bucket_key",
        LONG,
        "Key of an oversized LSH bucket: the hash of a sampled shingle, or number and hash of a band.",
    ),
    Column("is_band", BOOL, "Whether it is a band of signatures; else a sampled shingle."),
    Column("text_count", LONG, "Different texts that share it."),
    Column("is_canonical", BOOL, "Whether this article is the canonical one of its story."),
    Column("is_copy", BOOL, "Whether the text is a copy of another article's."),
    Column(
        "is_own",
        BOOL,
        "Whether the text is the article's own, and so an origin: neither a copy of another article's nor a part of one.",
    ),
    Column(
        "day",
        DATE,
        "Day on which an article counts: that of its publication (published_day); its night where that is not known.",
    ),
    # text blocks
    Column("block_index", INT, "Number of the block in its page, from 0; the blocks cover the page exactly."),
    *span_columns("", "the fact's own span"),
    Column("disposition", TEXT, "Whether the block was kept or dropped.", DISPOSITIONS),
    Column(
        "reason",
        TEXT,
        "Reason why the block was dropped or the record rejected, in one word; title for a headline, null for body text.",
    ),
    Column("repeat_of_block", INT, "Number of the block of the same page that this one repeats."),
    Column(
        "block_hash",
        TEXT,
        "A 64-bit hash of the block's words in lower case, as 16 hex digits; the same on every machine.",
    ),
    # boilerplate of sites
    Column(
        "words_hash",
        pa.uint64(),
        "Hash of a block's words in lower case as a number; block_hash is the same in hexadecimal digits.",
    ),
    Column("in_body_count", LONG, "Pages with the block between two sentences of running text."),
    Column("sample_text", TEXT, "Beginning of the block."),
    Column(
        "contexts",
        CONTEXTS,
        "For pages with the block, hashes of their most important other blocks: pages that share one hold the same story.",
    ),
    Column("source_page_count", LONG, "Pages of the publisher since the night on which it first showed the block."),
    Column("is_boilerplate", BOOL, "Whether the block counts as boilerplate of its publisher or of all."),
    Column("scope", TEXT, "Publisher whose pages the block is boilerplate of, as source_id; * means all."),
    Column("story_count", LONG, "Different stories with the block; of boilerplate no more than 16 are counted."),
    Column(
        "learned_night", DATE, "Last night of the training data for the boilerplate that this night is cleaned with."
    ),
    Column(
        "decision",
        TEXT,
        "Decision of a person on a block, an entity or a rejected record; it overrides all rules and models.",
        DECISIONS,
    ),
    Column("because", TEXT, "Reason for the decision."),
    Column("history_id", TEXT, "Hash of the block statistics after the training run of the night."),
    Column(
        "previous_history_id", TEXT, "Hash of the block statistics before the training run; null on the first night."
    ),
    Column("learned_id", TEXT, "Hash of the block statistics from which the boilerplate of this night was learned."),
    Column(
        "is_stale",
        BOOL,
        "Whether an earlier night arrived or changed after the training run of this night: run this night again.",
    ),
    # the index of words
    Column(
        "term",
        TEXT,
        "A word of a text or its title in the index: in lower case, without accents, an English word as its stem.",
    ),
    Column("document_no", INT, "Number of the text among the new texts of the night, from 1."),
    Column(
        "term_count", LONG, "Occurrences of the term in text and title; of a whole document, those of all its terms."
    ),
    Column("is_stemmed", BOOL, "Whether the index has the words of the text by their stems."),
    Column("score", REAL, "BM25 score of the text for the query; the higher the better."),
    Column("snippet", TEXT, "Line of the text with most words of the query; of a long line 300 characters."),
    # citations
    Column("fact_table", TEXT, "Table of the row that is cited, without its schema."),
    Column("fact_key", LONG, "Key of the row that is cited."),
    # pairs and stories
    Column("relation", TEXT, "Relation of the first article to the second."),
    Column("similarity", REAL, "Jaccard similarity of the two texts' sets of five-word shingles."),
    Column("containment", REAL, "Share of the smaller set of five-word shingles found in the larger."),
    Column("shared_chars", INT, "Characters of text that the two share."),
    Column(
        "lag_seconds", LONG, "Seconds from the publication of the earlier to that of the later, where both are known."
    ),
    Column(
        "story_id",
        TEXT,
        "The story: the article_id of its first article, and the night where that was a later version.",
    ),
    Column("joined_story_id", TEXT, "The story that this one became part of; null while it is separate."),
    Column("canonical_article_id", TEXT, "Canonical article of the story."),
    Column("canonical_reason", TEXT, "Rule by which the canonical article was chosen."),
    Column("first_seen", DATE, "First night with it."),
    Column("last_seen", DATE, "Last night with it."),
    Column("article_count", LONG, "Distinct articles."),
    Column("source_count", LONG, "Distinct publishers."),
    Column(
        "origin_count",
        LONG,
        "Independent texts: copies, excerpts and updates of a text count once; an article with the text and more of its own is another.",
    ),
    Column(
        "weight",
        REAL,
        "Share of the origin for this row: one over the number of article versions with the text, copies and updates.",
    ),
    # spans and entities
    Column("surface", TEXT, "Exact characters of the page in the span."),
    Column("sentence_index", INT, "Number of the sentence in the text, from 0."),
    Column("confidence", REAL, "Confidence of the rule, 0 to 1."),
    Column("rule", TEXT, "Rule that found the fact."),
    Column("decision_no", INT, "Number of the decision among those of its kind in the file, from 1."),
    Column("into_entity_id", TEXT, "The entity that is meant instead."),
    Column("given_name", TEXT, "The name that a person gave the entity."),
    Column("aliases", TEXTS, "Other surfaces that were resolved to the entity, the most frequent first."),
    Column("alias_counts", LONGS, "Occurrences of each alias in texts, copies not counted."),
    Column("name_id", TEXT, "The entity_id of a name, of a person with one name without the article."),
    Column("is_lone", BOOL, "Whether the name is a person's only name in its article."),
    Column("linked_entity_id", TEXT, "The entity that the name means by all nights; the entity itself without a link."),
    Column("linked_name", TEXT, "The most frequent name of the entity that the name means."),
    Column(
        "link_basis",
        TEXT,
        "Why a name is another entity: part of a person's name, its spelling, a longer name, an acronym defined in texts, an "
        "organisation's name in another form, the kind of most articles, or a name that has no other.",
        ("surname", "spelling", "longer_name", "acronym", "name_form", "kind", "single_name"),
    ),
    Column("link_confidence", REAL, "Share of the articles that support the link, less for few articles."),
    Column("is_hidden", BOOL, "Whether a person decided that marts leave it out."),
    # warehouse keys
    key_column("article", "the article version"),
    key_column("from_article", "the later article version"),
    key_column("to_article", "the earlier article version"),
    key_column("source", "the publisher as of the night"),
    key_column("story", "the story"),
    key_column("entity", "the entity as of the night"),
    key_column("attribution", "the kind of attribution"),
    key_column("entity_link", "the link of a name"),
    key_column("entity_decision", "the decision on an entity"),
    key_column("boilerplate", "the boilerplate block"),
    key_column("text_block", "the text block"),
    key_column("place", "the place"),
    key_column("article_pair", "the pair of articles"),
    Column("date_key", INT, "The date as the number yyyymmdd."),
    Column("published_date_key", INT, "Date of publication as the number yyyymmdd; -1 if unknown."),
    Column("ingest_date_key", INT, "Night of capture as the number yyyymmdd."),
    # calendar
    Column("date", DATE, "The date."),
    Column("year", INT, "Year."),
    Column("quarter", INT, "Quarter, 1 to 4."),
    Column("month", INT, "Month, 1 to 12."),
    Column("iso_week", INT, "ISO 8601 week, 1 to 53."),
    Column("day_of_week", INT, "ISO 8601 day of the week: Monday is 1."),
    Column("day_name", TEXT, "English name of the day."),
    Column("is_weekend", BOOL, "Whether it is a Saturday or Sunday."),
    # rejects
    Column("stage", TEXT, "Step of the pipeline."),
    Column("detail", TEXT, "Observation, expectation and remedy in plain words."),
    Column(
        "row_count",
        LONG,
        "Rows that are left out of the load for the reason, 1 for a whole record; of a note, the rows that it is about.",
    ),
    Column(
        "state",
        TEXT,
        "Whether the record waits for a decision, is loaded since a person released it, or is left out for good.",
        ("open", "released", "discarded"),
    ),
    Column("decided_by", TEXT, "Who decided."),
    Column("decided_at", MOMENT, "When it was decided."),
    # runs
    Column("run_id", TEXT, "One run of a night."),
    Column("kind", TEXT, "Trigger of the run.", ("scheduled", "arrival", "manual", "backfill", "replay", "rebuild")),
    Column("code_version", TEXT, "Version of newsmill that ran."),
    Column(
        "ruleset_version", TEXT, "Versions of the rules of every stage, hashed: those of its code and its word lists."
    ),
    Column(
        "model_versions",
        TEXTS,
        "Models and people's decisions that the run used, each with its version.",
    ),
    Column("started_at", MOMENT, "When it started."),
    Column("finished_at", MOMENT, "When it ended."),
    Column(
        "status",
        TEXT,
        "How the run ended; in mart.run_health also missing, of a night without one.",
        ("running", "published", "gate_closed", "failed", "interrupted", "skipped"),
    ),
    Column("snapshot", TEXT, "Name of the snapshot file."),
    Column("part", TEXT, "Part of the night that the row belongs to."),
    Column("rows_in", LONG, "Rows read; for a reader, records found."),
    Column("rows_out", LONG, "Rows kept of those read."),
    Column("rejected", LONG, "Rows rejected, each with a reason; of an extractor, documents without its rows."),
    Column("seconds", REAL, "Seconds of wall time."),
    Column("bytes", LONG, "Bytes written."),
    Column("peak_rss_bytes", LONG, "Largest resident memory of the process by the end of the step."),
    Column(
        "snapshot_no",
        LONG,
        "Number of the snapshot in the order of publishing, from 1; empty for those made before numbers.",
    ),
    Column(
        "run_no",
        LONG,
        "Number of the run among those of its night, in the order they began, from 1; empty for old ones.",
    ),
    Column("row_counts", pa.map_(TEXT, LONG), "Rows of each table of the snapshot."),
    # counts of marts
    Column("source", TEXT, "Name of the publisher."),
    Column("sources", TEXTS, "Names of the publishers."),
    Column("as_of", DATE, "Night as of which a date lay ahead."),
    Column("days_ahead", LONG, "Days from that night to the first day meant."),
    Column("copy_count", LONG, "Articles whose text is a copy of another article's."),
    Column("origin_share", REAL, "Share of the articles that are origins."),
    Column("origin_source_id", TEXT, "Publisher of the origin of the copies' story."),
    Column("origin_source", TEXT, "Name of that publisher."),
    Column("excerpt_count", LONG, "Articles whose text is a part of another article's."),
    Column("share_of_copies", REAL, "Share of this publisher in all copies and excerpts of others."),
    Column(
        "timed_count", LONG, "Copies and excerpts with a time of publication in their metadata and in their origin's."
    ),
    Column(
        "median_lag_seconds",
        REAL,
        "Median of the seconds from the publication of the origin to that of these; below 0 where they are dated earlier.",
    ),
    Column("month_start", DATE, "First day of the month in which the articles count."),
    Column(
        "statement_count",
        LONG,
        "Quotations and reported statements in texts that are origins; words quoted within a statement are not counted apart.",
    ),
    Column("anonymous_count", LONG, "Statements of people whose name is withheld."),
    Column("official_count", LONG, "Statements of officials whose name is withheld."),
    Column("explained_count", LONG, "Statements of people whose name is withheld with a reason in the text."),
    Column("anonymous_share", REAL, "Share of the statements that are of people whose name is withheld."),
    Column("official_share", REAL, "Share of the statements that are of officials whose name is withheld."),
    Column("statements_per_1000_words", REAL, "Statements for a thousand words of texts that are origins."),
    Column("mean_word_count", REAL, "Mean of the words of an article."),
    Column(
        "boilerplate_share",
        REAL,
        "Share of the characters of the pages that were dropped as boilerplate or as repeated.",
    ),
    Column("language_count", LONG, "Languages that the texts are in."),
    Column("changed_count", LONG, "Articles that have changed since their first night."),
    Column("entity_name_key", LONG, "Warehouse key of a name of an entity on a night."),
    Column("is_read", BOOL, "Whether names, places, dates, speakers and reported statements are read in the language."),
    Column("read_count", LONG, "Origins in a language whose statements are read."),
    Column("attributed_count", LONG, "Statements with a speaker, named or not."),
    Column("language_words", LONG, "Words of the texts of the source in the language."),
    Column("name_count", LONG, "Mentions of people, organisations and places by name; null if they are not read."),
    Column("place_count", LONG, "Mentions of places in the gazetteer; null if they are not read."),
    Column("date_count", LONG, "Temporal expressions; null if they are not read."),
    Column("quotation_count", LONG, "Words between quotation marks that are speech."),
    Column("reported_count", LONG, "Statements without quotation marks; null if they are not read."),
    Column("entity_count_key", LONG, "Warehouse key of the count of an entity's articles in a source on a night."),
    Column("text_entity_id", TEXT, "The entity by the text alone, before people's decisions."),
    Column("mention_count", LONG, "Mentions in canonical instances of texts."),
    Column("level", TEXT, "Whether the row counts a place, or a country with all places in it.", ("place", "country")),
    Column("earlier_night", DATE, "First night of the version before."),
    Column("earlier_title", TEXT, "Headline of the version before."),
    Column("is_title_changed", BOOL, "Whether the headline is another than before."),
    Column("is_text_changed", BOOL, "Whether the words of the text are others than before."),
    Column("is_noted", BOOL, "Whether the page notes a correction or update that the version before did not note."),
    Column("earlier_word_count", INT, "Words of the version before."),
    Column("word_change", INT, "Words that the text grew by; below 0 where it shrank."),
    Column("char_change", INT, "Characters that the text grew by; below 0 where it shrank."),
    Column("quotes_gained", LONG, "Quotations and statements whose words the version before did not hold."),
    Column(
        "quotes_lost", LONG, "Quotations and statements of the version before whose words the text no longer holds."
    ),
    Column(
        "speaker",
        TEXT,
        "Canonical name of the speaker; null for unnamed people, documents and pronouns without a name.",
    ),
    Column("page_count", LONG, "Distinct pages."),
    Column("block_count", LONG, "Blocks of pages."),
    Column("chars", LONG, "Characters of pages."),
    Column("share_of_chars", REAL, "Share of the characters of that night and publisher."),
    Column("record_count", LONG, "Records found in the dumps."),
    Column("median_record_count", REAL, "Median of the records found on up to seven nights before."),
    Column("article_version_count", LONG, "Article versions that begin that night."),
    Column("quarantine_count", LONG, "Records and rows turned away, one for each reason."),
    Column("note_count", LONG, "Warnings and remarks in ops.note."),
    Column(
        "withheld_row_count", LONG, "Rows that the check withheld from the load, each with a reason in ops.rejected."
    ),
    Column("open_count", LONG, "Records in quarantine that still wait for a decision."),
    Column("critical_count", LONG, "Critical expectations that were not met."),
    Column("warning_count", LONG, "Warnings."),
    Column("broken_count", LONG, "Checks that raised an error and so say nothing."),
    Column(
        "is_trusted", BOOL, "Whether the night was published with every critical expectation met and no check broken."
    ),
    # quality
    Column("gate", TEXT, "Gate of the check: before the load, or on the loaded staging copy.", ("check", "audit")),
    Column("suite", TEXT, "Suite that the expectation belongs to."),
    Column("target", TEXT, "Table, and column where there is one, of the expectation."),
    Column("expectation", TEXT, "Name of the expectation."),
    Column("severity", TEXT, "Whether a failure closes the gate.", ("critical", "warning", "info")),
    Column("success", BOOL, "Whether the expectation was met."),
    Column("broken", BOOL, "Whether the check itself raised an error: its result means nothing."),
    Column("observed", TEXT, "Observed values, as JSON."),
    Column("unexpected_count", LONG, "Rows that do not meet the expectation."),
    Column("element_count", LONG, "Rows looked at."),
)


def merge_columns(groups: Iterable[tuple[str, Iterable[Column]]]) -> dict[str, Column]:
    """Return the columns of (owner, columns) by name; BrokenContract if two declare the same name."""
    owners: dict[str, str] = {}
    merged: dict[str, Column] = {}
    for owner, columns in groups:
        for column in columns:
            if column.name in owners:
                raise BrokenContract(
                    f"the column {column.name!r} is declared in {owners[column.name]} and again in {owner}; a name has "
                    "one type and one meaning: declare it once"
                )
            owners[column.name], merged[column.name] = owner, column
    return merged


GLOSSARY = merge_columns(
    [
        ("newsmill/glossary.py", _COLUMNS),
        *(
            (f"newsmill/{room.name}/__init__.py", (*room.glossary, key_column(room.fact, room.noun)))
            for room in extractors()
        ),
    ]
)
COLUMNS = tuple(GLOSSARY.values())
