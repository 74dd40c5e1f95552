"""Extracts quotations and reported statements with cues and speakers."""

from newsmill.contracts import BOOL, INT, REAL, TEXT, Column, key_column, span_columns
from newsmill.expectations import WARNING, all_present, between, one_of
from newsmill.extractors import SPAN, Extractor, optional_span

QUOTE_TYPES = ("direct", "mixed", "indirect")
ATTRIBUTION_CLASSES = (
    "named",
    "organization",
    "anonymous_official",
    "unnamed",
    "generic",
    "media",
    "document",
    "unknown",
)
SENIORITIES = ("senior", "former", "none")

EXTRACTOR = Extractor(
    name="quotes",
    meaning="One quotation or reported statement with its cue and its speaker.",
    fact="quote",
    noun="the quotation",
    reads="mentions",
    text="quote_text",
    columns=f"page_id article_id quote_text quote_type {SPAN} sentence_index cue? {optional_span('cue')}"
    f" speaker_surface? {optional_span('speaker')} speaker_mention_start? speaker_confidence"
    " attribution_class is_anonymous source_role"
    " source_country_code seniority relay interviewing_outlet? citing_outlet?"
    f" anonymity_reason? {optional_span('anonymity')} rule",
    glossary=(
        Column("quote_text", TEXT, "Exact characters of the quotation or reported statement, marks included."),
        Column(
            "quote_type",
            TEXT,
            "Whether the words are quoted whole (direct), in part (mixed), or reported in the words of the article "
            "(indirect).",
            QUOTE_TYPES,
        ),
        Column("cue", TEXT, "Words that attribute the quotation, such as the verb of speech."),
        Column("speaker_surface", TEXT, "Exact characters that name or describe the speaker."),
        Column(
            "speaker_confidence",
            REAL,
            "Share of cases in which a reader names the same speaker as this rule, 0 to 1; 0 with no speaker.",
        ),
        Column(
            "speaker_mention_start",
            INT,
            "First character of a mention of the speaker as an entity: in the words for the speaker, next to them, or "
            "before.",
        ),
        *span_columns("cue_", "the cue"),
        *span_columns("speaker_", "the speaker"),
        Column("attribution_class", TEXT, "Kind of speaker.", ATTRIBUTION_CLASSES),
        Column("is_anonymous", BOOL, "Whether the speaker is a person whose name is withheld."),
        Column(
            "source_role",
            TEXT,
            "Role of an unnamed speaker in the text, such as official or analyst; none if not given.",
        ),
        Column(
            "source_country_code", TEXT, "Country for which an unnamed speaker speaks, by the text; none if not given."
        ),
        Column("seniority", TEXT, "Rank of an unnamed speaker in the text.", SENIORITIES),
        Column("relay", TEXT, "Outlet that passed the words on, such as an interviewing newspaper; none if not given."),
        Column(
            "interviewing_outlet",
            TEXT,
            "Outlet that interviewed the speaker, by the text; media for one without a name.",
        ),
        Column("citing_outlet", TEXT, "Outlet cited as reporting the words; media for one without a name."),
        Column(
            "anonymity_reason",
            TEXT,
            "Words that explain why the speaker is not named, such as the condition of anonymity and its reason.",
        ),
        *span_columns("anonymity_", "the words that explain why the speaker is not named"),
        key_column("speaker_entity", "the speaker as an entity as of the night"),
        key_column("statement", "the reported statement that holds the quoted words; without one, of the row itself"),
        key_column("words", "the words quoted, in lower case and without the marks around them"),
    ),
    links={
        "speaker_entity_key": "dim_entity",
        "attribution_key": "dim_attribution",
        "statement_key": "fact_quote",
    },
    dimensions={
        "dim_attribution": (
            *all_present("attribution_class", "is_anonymous", "source_role", "relay"),
            one_of("attribution_class", ATTRIBUTION_CLASSES),
            one_of("seniority", SENIORITIES),
        ),
    },
    lake_expectations=(between("quote_chars", 2, 5000, "as long as quotations are", WARNING),),
    table_expectations=(one_of("quote_type", QUOTE_TYPES),),
    pinned_columns="char_start char_end quote_type cue speaker_surface speaker_confidence attribution_class",
)
