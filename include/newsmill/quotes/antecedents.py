"""Chooses the speaker meant by a pronoun, a noun or nothing: a scored choice among names and earlier speakers.

`antecedents.json` has a weight for each feature and form of the words. Forms are he, she, it, they, person (the mayor),
spokesperson, group (the company), and thing (other nouns). Without a speaker, the form is bare for a whole quotation,
and words for quoted words. The score of a candidate is the sum of the weights of its features. The candidate with the
highest score is chosen, unless "none" scores more. `benchmarks/quality/train_speakers.py` trains the weights.
"""

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from math import exp
from pathlib import Path
from typing import NamedTuple

from newsmill.languages.word_lists import read_words
from newsmill.nlp.name_flags import load_given_names
from newsmill.quotes.name_mentions import ORGANIZATION, PERSON, POSSESSIVE, ArticleNames, NameMention
from newsmill.quotes.speakers import Attribution, find_outlet

Features = tuple[str, ...]
WEIGHTS_PATH = Path(__file__).with_name("antecedents.json")
NONE = "none"
ABSENT: Features = (NONE,)
MAX_NAMES_BEFORE, MAX_SPEAKERS_BEFORE = 40, 4
"""Names and unnamed speakers read back from the words: 24 names lose 4 in 1,000 right speakers, 60 gain none."""
NEAR_CHARS = 90
"""Characters on either side of a name that may describe the entity: two short appositions. Set by hand."""
_SENTENCE_FEATURES = tuple(f"sentence_{distance}" for distance in range(5))
_FIRST_FEATURES = tuple(f"first_{distance}" for distance in range(5))
_COUNT_FEATURES = tuple(f"count_{power}" for power in range(4))
_PREPOSITION_BEFORE = re.compile(r"\b(?:of|for|by|with|to|from|in|at|against|on|about|than|like|as)(?: the)? $")
_WORDS = re.compile(r"[a-z]+")
_DESCRIBING_WORDS = re.compile(r"[a-z]+(?:-[a-z]+)*|\d+")
_MALE_WORDS = frozenset(read_words("en", "speakers", "male_words"))
_FEMALE_WORDS = frozenset(read_words("en", "speakers", "female_words"))


class EarlierSpeaker(NamedTuple):
    """A speaker of an earlier quotation: `key` is the entity, or the words for a speaker without a name."""

    key: str
    position: int
    paragraph: int
    speaker_class: Attribution
    mention: NameMention | None
    surface: str


class Candidate(NamedTuple):
    """A possible speaker with its features; neither a name nor an earlier speaker is "none"."""

    features: Features
    mention: NameMention | None = None
    earlier: EarlierSpeaker | None = None


class ScoredCandidates(NamedTuple):
    """Possible speakers and their scores."""

    candidates: Sequence[Candidate]
    scores: Sequence[float]

    def choose(self) -> tuple[Candidate, float]:
        """Return the candidate with the highest score, and its probability among all."""
        best = self.scores.index(max(self.scores))
        return self.candidates[best], 1 / sum([exp(score - self.scores[best]) for score in self.scores])


class Reference(NamedTuple):
    """The words for a speaker: `form` as above, `noun` the head noun, `position` the first character.

    `words`: the span of the words said.
    """

    form: str
    noun: str
    position: int
    paragraph: int
    sentence: int
    words: tuple[int, int] = (0, 0)


@cache
def read_weights() -> Mapping[str, Mapping[str, float]]:
    """Return the weights of the features by form."""
    return json.loads(WEIGHTS_PATH.read_text(encoding="utf8"))


@lru_cache(maxsize=20_000)
def find_gender(name: str, role: str) -> str:
    """Return "he" or "she" by a person's title, role or given name; "" if neither says."""
    words = set(_WORDS.findall(role.lower()))
    if words & _FEMALE_WORDS:
        return "she"
    if words & _MALE_WORDS:
        return "he"
    given, _, surname = name.partition(" ")
    if surname and given in load_given_names("male"):
        return "he"
    return "she" if surname and given in load_given_names("female") else ""


class Antecedents:
    """The names and earlier speakers of one article, as possible speakers."""

    def __init__(self, text: str, names: ArticleNames, quoted_spans: Sequence[tuple[int, int]]) -> None:
        self.text, self.names = text, names
        self.quoted_starts = [start for start, _ in quoted_spans]
        self.furthest_quoted_ends = [*accumulate((end for _, end in quoted_spans), max)]
        self.speakers: list[EarlierSpeaker] = []
        self.genders: dict[str, str] = {}
        self.speech_counts: dict[str, int] = {}
        self._speaker_of_word: dict[str, str] = {}
        self._descriptions: dict[str, str] = {}
        self._places: dict[int, tuple[str, ...]] = {}

    def add_speaker(self, speaker: EarlierSpeaker, form: str) -> None:
        """Add the speaker of a quotation; "he" and "she" give a person a gender."""
        self.speakers.append(speaker)
        self.speech_counts[speaker.key] = self.speech_counts.get(speaker.key, 0) + 1
        for word in speaker.surface.lower().split():
            self._speaker_of_word[word] = speaker.key
        if form in ("he", "she"):
            self.genders[speaker.key] = form

    def score(self, reference: Reference) -> ScoredCandidates:
        """Return the possible speakers with their scores."""
        return score_candidates(reference.form, self.list_candidates(reference))

    def list_candidates(self, reference: Reference) -> list[Candidate]:
        """Return the possible speakers, "none" first."""
        end = bisect_left(self.names.starts, reference.position)
        latest: dict[str, int] = {}
        counts: dict[str, int] = {}
        for i in range(end - 1, max(end - 1 - MAX_NAMES_BEFORE, -1), -1):
            key = self.names.mentions[i].entity_id
            counts[key] = counts.get(key, 0) + 1
            if key not in latest or (self._is_quoted(latest[key]) and not self._is_quoted(i)):
                latest[key] = i
        nearest: dict[str, int] = {}
        most: dict[str, int] = {}
        for key, i in latest.items():
            kind = self.names.mentions[i].entity_type
            nearest[kind] = max(nearest.get(kind, -1), i)
            most[kind] = max(most.get(kind, 0), counts[key])
        speech = self._describe_speech(reference)
        line_start = self.text.rfind("\n", 0, reference.position)
        repeated = self._speaker_of_word.get(reference.noun) if reference.noun else None
        candidates = [Candidate(ABSENT)]
        for key, i in latest.items():
            mention = self.names.mentions[i]
            features = [
                *self._describe_mention(i, reference, line_start),
                *speech.get(key, ()),
                *self._describe_match(mention, reference),
            ]
            if reference.words[0] <= mention.start < reference.words[1]:
                features.append("own_words")
            if nearest[mention.entity_type] == i:
                features.append("nearest")
            if most[mention.entity_type] == counts[key]:
                features.append("most_frequent")
            features.append(_COUNT_FEATURES[min(counts[key].bit_length() - 1, 3)])
            if repeated == key:
                features.append("noun_repeated")
            if reference.noun:
                features.append(f"{mention.entity_type} {reference.noun}")
            candidates.append(Candidate(tuple(features), mention))
        seen: set[str] = set()
        for speaker in reversed(self.speakers[-MAX_SPEAKERS_BEFORE:]):
            if speaker.mention is None and speaker.key not in seen:
                seen.add(speaker.key)
                features = [*speech[speaker.key], *_describe_unnamed(speaker, reference)]
                candidates.append(Candidate(tuple(features), None, speaker))
        return candidates

    def _is_quoted(self, i: int) -> bool:
        """Return whether a name begins in a quotation, also behind a quotation nested there."""
        start = self.names.starts[i]
        j = bisect_right(self.quoted_starts, start) - 1
        return j >= 0 and start < self.furthest_quoted_ends[j]

    def _describe_mention(self, i: int, reference: Reference, line_start: int) -> list[str]:
        """Return the features of the place of a name; `line_start` is the line of the reference."""
        mention = self.names.mentions[i]
        distance = min(max(reference.sentence - mention.sentence, 0), 4)
        place = self._places.get(i)
        if place is None:
            place = self._places[i] = self._describe_place(i)
        features = [*place, _SENTENCE_FEATURES[distance]]
        if place[-1] == "first":
            features.append(_FIRST_FEATURES[distance])
        if mention.end > line_start:
            features.append("same_paragraph")
        return features

    def _describe_place(self, i: int) -> tuple[str, ...]:
        """Return the features of a name apart from the words for the speaker."""
        mention = self.names.mentions[i]
        features = [mention.entity_type]
        if self._is_quoted(i):
            features.append("quoted")
        if POSSESSIVE.match(self.text, mention.end):
            features.append("possessive")
        elif _PREPOSITION_BEFORE.search(self.text, max(mention.start - 12, 0), mention.start):
            features.append("object")
        elif i == 0 or self.names.mentions[i - 1].sentence != mention.sentence:
            features.append("first")
        return tuple(features)

    def _describe_speech(self, reference: Reference) -> Mapping[str, list[str]]:
        """Return by key the features of earlier speech, of all candidates who spoke."""
        if not self.speakers:
            return {}
        features = {key: ["speaker"] for key in self.speech_counts}
        for speaker in self.speakers[-3:]:
            features[speaker.key] = ["recent_speaker"]
        last = self.speakers[-1]
        gap = min(max(reference.paragraph - last.paragraph, 0), 3)
        features[last.key] = ["last_speaker", f"last_speaker_{gap}"]
        if len(features) == 1:
            features[last.key].append("only_speaker")
        return features

    def _describe_match(self, mention: NameMention, reference: Reference) -> list[str]:
        """Return the features of agreement in gender, role and name."""
        features: list[str] = []
        role = (mention.role_title or "").lower()
        if mention.entity_type == PERSON:
            if reference.form in ("he", "she"):
                gender = self.genders.get(mention.entity_id) or find_gender(mention.canonical_name, role)
                if gender:
                    features.append("gender_same" if gender == reference.form else "gender_other")
            if " " not in mention.canonical_name:
                features.append("single_name")
        elif find_outlet(mention.canonical_name) != NONE:
            features.append("outlet")
        if not reference.noun:
            return features
        if mention.entity_type == ORGANIZATION and reference.noun in mention.canonical_name.lower().split():
            features.append("noun_in_name")
        noun = reference.noun.partition("-year")[0]
        if mention.entity_type == PERSON:
            roles = self.names.list_role_words(mention.entity_id)
            if roles:
                features.append("noun_in_role" if noun in roles else "other_role")
        if _has_word(self._describe_entity(mention), noun):
            features.append("near_noun")
        return features

    def _describe_entity(self, mention: NameMention) -> str:
        """Return the sentences near the first mentions of an entity, in small letters: its role, age or kind."""
        known = self._descriptions.get(mention.entity_id)
        if known is None:
            near = []
            for first in self.names.list_first_mentions(mention.entity_id):
                before = self.text[max(first.start - NEAR_CHARS, 0) : first.start]
                behind = self.text[first.end : first.end + NEAR_CHARS]
                near.append(before.rpartition(". ")[2].rpartition("\n")[2])
                near.append(behind.partition(". ")[0].partition("\n")[0])
            known = self._descriptions[mention.entity_id] = " ".join(near).lower()
        return known


def _has_word(description: str, word: str) -> bool:
    """Return whether a description has a word as a whole."""
    return word in description and word in _DESCRIBING_WORDS.findall(description)


def _describe_unnamed(speaker: EarlierSpeaker, reference: Reference) -> list[str]:
    """Return the features of an earlier speaker without a name."""
    kind = speaker.speaker_class.attribution_class
    head = speaker.surface.rpartition(" ")[2].lower()
    features = ["unnamed", f"unnamed_{kind}", "unnamed_plural" if head.endswith("s") else "unnamed_singular"]
    if reference.noun and reference.noun in speaker.surface.lower().split():
        features.append("noun_repeated")
    gender = find_gender("", speaker.surface)
    if gender and reference.form in ("he", "she"):
        features.append("gender_same" if gender == reference.form else "gender_other")
    return features


def score_candidates(form: str, candidates: Sequence[Candidate]) -> ScoredCandidates:
    """Return the candidates with the sums of the weights of their features."""
    weights = read_weights()[form]
    scores = [sum([weights.get(feature, 0.0) for feature in candidate.features]) for candidate in candidates]
    return ScoredCandidates(candidates, scores)
