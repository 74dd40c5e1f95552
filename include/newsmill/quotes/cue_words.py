"""The words of speech: verbs in all forms, nouns, and the words around verbs and nouns.

The words are data: languages/en/speech.toml. The endings of regular verbs stay here. A rule of grammar names its two
or three function words itself, such as "his", "her", "their": each rule has others, and reads better with them.
"""

from collections.abc import Iterable

from newsmill.languages.word_lists import read_table, read_words


def _read_words(name: str) -> tuple[str, ...]:
    return read_words("en", "speech", name)


# The meaning of each list is a comment in the file.
SAY = _read_words("saying_verbs")
LABEL = _read_words("labelling_verbs")
IRREGULAR = read_table("en", "speech", "irregular_verbs")
NOUNS = _read_words("speech_nouns")
ALSO_NOUNS = frozenset(_read_words("also_nouns"))
BE = frozenset(_read_words("be_forms"))
HAVE = frozenset(_read_words("have_forms"))
MODAL = frozenset(_read_words("modals"))
AUXILIARIES = BE | HAVE | MODAL
ADVERBS = frozenset(_read_words("adverbs"))
ARTICLES = frozenset(_read_words("articles"))
PRONOUNS = frozenset(_read_words("pronouns"))


def _inflect_verb(lemma: str) -> dict[str, str]:
    """Return the kind of each form of a verb: base, s, past, ing; "past" covers the past participle."""
    if lemma.endswith(("s", "sh", "ch", "x", "z", "o")):
        third = lemma + "es"
    elif lemma.endswith("y") and lemma[-2] not in "aeiou":
        third = lemma[:-1] + "ies"
    else:
        third = lemma + "s"
    if lemma in IRREGULAR:
        others = list(IRREGULAR[lemma])
    elif lemma.endswith("y") and lemma[-2] not in "aeiou":
        others = [lemma[:-1] + "ied", lemma + "ing"]
    else:
        stem = lemma[:-1] if lemma.endswith("e") and lemma != "see" else lemma
        others = [stem + "ed", stem + "ing"]
    kinds = {word: "ing" if word.endswith("ing") and word != "sing" else "past" for word in others}
    return {lemma: "base", third: "s"} | kinds


def _inflect_all(lemmas: Iterable[str]) -> frozenset[str]:
    """Return all forms of some verbs."""
    return frozenset(form for lemma in lemmas for form in _inflect_verb(lemma))


SAYING = {form: kind for lemma in SAY for form, kind in _inflect_verb(lemma).items()}
LABELLING = {form: kind for lemma in LABEL for form, kind in _inflect_verb(lemma).items() if form not in SAYING}
_PARTICLES = read_table("en", "speech", "particles")
PHRASAL = {
    form: frozenset(particle for particle, members in _PARTICLES.items() if form in members)
    for forms in _PARTICLES.values()
    for form in forms
}
"""The particles by the form of a verb; without a particle the verb does not speak: chimed in."""
SHY_VERBS = _inflect_all(_read_words("shy_verbs"))
VERBS = LABELLING | SAYING
CUE_NOUNS = frozenset(NOUNS)
CHANTING = frozenset(_read_words("chanting_words"))
ADDRESSING_VERBS = _inflect_all(_read_words("addressing_verbs"))
ISSUING_VERBS = _inflect_all(_read_words("issuing_verbs"))

# Verbs that report a statement in the words of the reporter.
REPORT = _read_words("reporting_verbs")
BARE = _inflect_all(_read_words("bare_verbs"))
PROMISING = _inflect_all(_read_words("promising_verbs"))
DENYING = _inflect_all(_read_words("denying_verbs"))
REPORTING = _inflect_all(REPORT) | {"according", "per"}
REPORT_LEMMAS = {form: lemma for lemma in REPORT for form in _inflect_verb(lemma)}
REPORT_FORMS = {form: kind for lemma in REPORT for form, kind in _inflect_verb(lemma).items()}
QUESTION_WORDS = frozenset(_read_words("question_words"))
POINTING = _inflect_all(_read_words("pointing_verbs"))
UNSAID_WORDS = frozenset(_read_words("unsaid_words"))
NEEDS_THAT = _inflect_all(_read_words("that_verbs"))
ANONYMITY_WORDS = frozenset(_read_words("anonymity_words"))

# Verbs of outlets, and of the talk with an outlet.
OUTLET_VERB_FORMS = frozenset(_read_words("outlet_verb_forms"))
CITING_PARTICIPLES = frozenset(_read_words("citing_participles"))
INTERVIEW_WORDS = frozenset(_read_words("interview_words"))

# The words around clauses, quotations and quotation marks.
OPENING_VERB_FORMS = frozenset(_read_words("opening_verb_forms"))
CONJUNCTIONS = frozenset(_read_words("conjunctions"))
SUBORDINATING = frozenset(_read_words("subordinating_conjunctions"))
RELATIVE = frozenset(_read_words("relative_pronouns"))
QUANTIFIERS = frozenset(_read_words("quantifiers"))
CONTRACTED = frozenset(_read_words("contractions"))
FIRST_PERSON = frozenset(_read_words("first_person_pronouns"))
DAYS_OF_SPEAKING = frozenset(_read_words("days_of_speaking"))
WORK_WORDS = frozenset(_read_words("work_words"))
TITLING_WORDS = frozenset(_read_words("titling_words"))
ELISIONS = _read_words("elisions")
