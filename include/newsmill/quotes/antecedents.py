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
from functools import cache, cached_property, lru_cache
from itertools import accumulate, repeat
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
MAX_DISTANCE = 4
"""Highest value of the distance in sentences. Set by hand, not measured."""
_SENTENCE_FEATURES = tuple(f"sentence_{distance}" for distance in range(MAX_DISTANCE + 1))
_FIRST_FEATURES = tuple(f"first_{distance}" for distance in range(MAX_DISTANCE + 1))
_ZEROS = repeat(0.0)
_COUNT_FEATURES = tuple(
    f"count_{min(max(bits - 1, 0), 3)}" for bits in range(MAX_NAMES_BEFORE.bit_length() + 1)
)  # by the bits of a count
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


class PlaceDescription(NamedTuple):
    """What is the same of a name for all words for speakers: the features of its place and of the name itself.

    `gender`: "he" or "she" by title, role or given name. `is_first`: whether the name is the first of its sentence.
    """

    features: Features
    is_first: bool
    name_features: Features
    gender: str


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
        self._places: dict[int, PlaceDescription] = {}

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
        latest, counts = self._find_latest_names(reference.position)
        mentions = self.names.mentions
        nearest: dict[str, int] = {}
        most: dict[str, int] = {}
        for key, i in latest.items():
            kind, count = mentions[i].entity_type, counts[key]
            if i > nearest.get(kind, -1):
                nearest[kind] = i
            if count > most.get(kind, 0):
                most[kind] = count
        speech = self._describe_speech(reference)
        line_start = self.text.rfind("\n", 0, reference.position)
        repeated = self._speaker_of_word.get(reference.noun) if reference.noun else None
        words_start, words_end = reference.words
        candidates = [Candidate(ABSENT)]
        for key, i in latest.items():
            mention, count = mentions[i], counts[key]
            kind = mention.entity_type
            features = self._describe_mention(i, reference, line_start, speech.get(key, ()))
            if words_start <= mention.start < words_end:
                features.append("own_words")
            if nearest[kind] == i:
                features.append("nearest")
            if most[kind] == count:
                features.append("most_frequent")
            features.append(_COUNT_FEATURES[count.bit_length()])
            if repeated == key:
                features.append("noun_repeated")
            if reference.noun:
                features.append(f"{kind} {reference.noun}")
            candidates.append(Candidate(tuple(features), mention))
        seen: set[str] = set()
        for speaker in reversed(self.speakers[-MAX_SPEAKERS_BEFORE:]):
            if speaker.mention is None and speaker.key not in seen:
                seen.add(speaker.key)
                features = [*speech[speaker.key], *_describe_unnamed(speaker, reference)]
                candidates.append(Candidate(tuple(features), None, speaker))
        return candidates

    def _find_latest_names(self, position: int) -> tuple[dict[str, int], dict[str, int]]:
        """Return by entity the latest name before a position, best outside quotations, and the number of names."""
        end, entities, is_quoted = bisect_left(self.names.starts, position), self.names.entities, self._is_quoted
        latest: dict[str, int] = {}
        counts: dict[str, int] = {}
        for i in range(end - 1, max(end - 1 - MAX_NAMES_BEFORE, -1), -1):
            key = entities[i]
            if key not in latest:
                latest[key], counts[key] = i, 1
                continue
            counts[key] += 1
            if is_quoted[latest[key]] and not is_quoted[i]:
                latest[key] = i
        return latest, counts

    @cached_property
    def _is_quoted(self) -> list[bool]:
        """Return for each name whether it begins in a quotation, also behind a quotation nested there."""
        last_quoted = [bisect_right(self.quoted_starts, start) - 1 for start in self.names.starts]
        ends = self.furthest_quoted_ends
        return [i >= 0 and start < ends[i] for i, start in zip(last_quoted, self.names.starts, strict=True)]

    def _describe_mention(
        self, i: int, reference: Reference, line_start: int, speech_features: Sequence[str]
    ) -> list[str]:
        """Return the features of a name's place, speech and agreement; `line_start` is the line of the reference."""
        mention, place = self.names.mentions[i], self._places.get(i)
        if place is None:
            place = self._places[i] = self._describe_place(i)
        gap = reference.sentence - mention.sentence
        distance = 0 if gap < 0 else gap if gap < MAX_DISTANCE else MAX_DISTANCE
        features = [*place.features, _SENTENCE_FEATURES[distance]]
        if place.is_first:
            features.append(_FIRST_FEATURES[distance])
        if mention.end > line_start:
            features.append("same_paragraph")
        features += speech_features
        if reference.form in ("he", "she") and mention.entity_type == PERSON:
            gender = self.genders.get(mention.entity_id) or place.gender
            if gender:
                features.append("gender_same" if gender == reference.form else "gender_other")
        features += place.name_features
        if reference.noun:
            features += self._describe_match(mention, reference.noun)
        return features

    def _describe_place(self, i: int) -> PlaceDescription:
        """Return the features of a name apart from the words for the speaker."""
        mention = self.names.mentions[i]
        features, is_first = [mention.entity_type], False
        if self._is_quoted[i]:
            features.append("quoted")
        if POSSESSIVE.match(self.text, mention.end):
            features.append("possessive")
        elif _PREPOSITION_BEFORE.search(self.text, max(mention.start - 12, 0), mention.start):
            features.append("object")
        elif i == 0 or self.names.mentions[i - 1].sentence != mention.sentence:
            features.append("first")
            is_first = True
        if mention.entity_type == PERSON:
            name_features = () if " " in mention.canonical_name else ("single_name",)
            gender = find_gender(mention.canonical_name, (mention.role_title or "").lower())
            return PlaceDescription(tuple(features), is_first, name_features, gender)
        name_features = ("outlet",) if find_outlet(mention.canonical_name) != NONE else ()
        return PlaceDescription(tuple(features), is_first, name_features, "")

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

    def _describe_match(self, mention: NameMention, reference_noun: str) -> list[str]:
        """Return the features of agreement of a name with the noun for a speaker."""
        features: list[str] = []
        noun = reference_noun.partition("-year")[0]
        if mention.entity_type == PERSON:
            roles = self.names.list_role_words(mention.entity_id)
            if roles:
                features.append("noun_in_role" if noun in roles else "other_role")
        elif mention.entity_type == ORGANIZATION and reference_noun in mention.canonical_name.lower().split():
            features.append("noun_in_name")
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
    weight = read_weights()[form].get
    scores = [sum(map(weight, candidate.features, _ZEROS)) for candidate in candidates]
    return ScoredCandidates(candidates, scores)
