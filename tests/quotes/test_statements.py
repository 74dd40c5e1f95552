"""Candidates of reported statements, their bounds and their weights."""

import json

import pyarrow as pa
import pytest

from newsmill.quotes.indirect_speech import find_indirect_statements, list_cue_indices
from newsmill.quotes.speech_tokens import Token, parse_texts
from newsmill.quotes.statement_bounds import END_FEATURES, START_FEATURES, list_ends, list_starts
from newsmill.quotes.statement_candidates import StatementCandidate, list_statement_candidates
from newsmill.quotes.statement_features import FEATURES
from newsmill.quotes.statement_scores import WEIGHTS_PATH, StatementModel


def _read_sentence(text: str) -> tuple[list[Token], list[int]]:
    parsed = next(iter(parse_texts(pa.array([text]))))
    return parsed.build_tokens(*parsed.find_token_range(0, len(text))), parsed.list_cue_starts()


def _list_candidates(text: str) -> tuple[list[Token], list[StatementCandidate]]:
    sentence, cue_starts = _read_sentence(text)
    cues = list_cue_indices(sentence, cue_starts)
    return sentence, [c for n, i in enumerate(cues) for c in list_statement_candidates(sentence, i, n)]


def _find_statements(text: str) -> list[tuple[str, str | None]]:
    statements = find_indirect_statements(*_read_sentence(text))
    return [(text[slice(*span)], text[slice(*at.speaker)] if at.speaker else None) for span, at in statements]


@pytest.mark.parametrize(
    ("text", "layout", "opening"),
    [
        ("Quill said the weir would hold.", "bare", "the"),
        ("Quill said on Friday that the weir would hold.", "that", "that"),
        ("Quill assured the court that the weir would hold.", "listener_that", "that"),
        ("Quill assured Axios officials had fixed the weir.", "outlet_bare", "officials"),
        ("Quill said in a letter to the court that the weir would hold.", "phrase_that", "that"),
        ("Quill asked whether the weir would hold.", "question", "whether"),
        ("Quill said: The weir would hold for years.", "colon", "The"),
        ("According to Quill, the weir would hold.", "source_comma", "the"),
    ],
)
def test_a_candidate_opens_behind_the_words_next_to_its_cue(text, layout, opening):
    sentence, candidates = _list_candidates(text)
    starts = {c.layout: sentence[c.start].word for c in candidates if c.start is not None}
    assert starts[layout] == opening


@pytest.mark.parametrize(
    ("text", "layout", "speaker"),
    [
        ("The weir would hold, Ida Quill said.", "fronted", "Ida Quill"),
        ("The weir would hold, as Ida Quill noted.", "fronted", "Ida Quill"),
        ("The weir would hold, said Ida Quill.", "inverted", "Ida Quill"),
        ("The weir would hold, as reported by the Lund Post.", "as", "the Lund Post"),
        ("The weir would hold, according to Ida Quill.", "according", "Ida Quill"),
    ],
)
def test_a_candidate_in_front_of_its_cue_has_the_speaker_of_the_cue(text, layout, speaker):
    spans = {c.layout: c.attribution.speaker for c in _list_candidates(text)[1] if c.end is not None}
    assert text[slice(*spans[layout])] == speaker


def test_every_candidate_and_break_has_a_value_for_each_feature():
    text = "The weir holds and the town is safe, Quill said on Friday, but Holm said that it may break, which is news."
    sentence, candidates = _list_candidates(text)
    assert {c.end is None for c in candidates} == {True, False}
    for candidate in candidates:
        assert len(candidate.values) == len(FEATURES)
        breaks = list_ends(sentence, candidate) if candidate.end is None else list_starts(sentence, candidate)
        features = END_FEATURES if candidate.end is None else START_FEATURES
        assert all(len(at.values) == len(features) for at in breaks)


def test_the_weights_of_a_group_add_to_those_common_to_all():
    weights = {
        "bias": 1.0,
        "common": {"word": {"dam": 0.5, "sea": 0.25}},
        "groups": {"bare": {"bias": -2.0, "weights": {"word": {"dam": 0.125}}}},
    }
    model = StatementModel(weights, ("word", "shape"))
    assert model.score("bare", ("dam", "digit")) == 1.0 - 2.0 + 0.5 + 0.125
    assert model.score("bare", ("sea", "digit")) == 1.0 - 2.0 + 0.25
    assert model.score("other", ("dam", "digit")) == 1.0 + 0.5


def test_the_file_of_weights_knows_only_the_features_of_the_code():
    models = json.loads(WEIGHTS_PATH.read_text(encoding="utf8"))
    features = {"candidates": FEATURES, "ends": END_FEATURES, "starts": START_FEATURES}
    assert models.keys() == features.keys()
    for name, model in models.items():
        tables = [model["common"], *(group["weights"] for group in model["groups"].values())]
        assert {feature for table in tables for feature in table} <= {*features[name]}


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("The mill denied that it had sold the weir.", [("that it had sold the weir", "The mill")]),
        ("Officials have specified that the list holds names.", [("that the list holds names", "Officials")]),
        ("New figures showed that the town had shrunk.", [("that the town had shrunk", "New figures")]),
        (
            "The weir will be closed in May, Ida Quill told the Lund Post.",
            [("The weir will be closed in May", "Ida Quill")],
        ),
        ("The weir was closed in May, according to the report.", [("The weir was closed in May", "the report")]),
        ("According to him, the weir was closed in May.", [("the weir was closed in May", "him")]),
        ("Ida Quill spoke of the weir for an hour.", []),
        ("The committee found a new chair in May.", []),
        ("Quill has announced the end of the tour.", []),
        ("Holm said it rained and noted that the weir held.", [("it rained", "Holm"), ("that the weir held", "Holm")]),
    ],
)
def test_reported_statements_are_found_with_their_bounds(text, statements):
    assert _find_statements(text) == statements
