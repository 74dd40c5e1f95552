"""The model of names: compiled and plain Python agree, spans are exact, and no text changes how another is read."""

from itertools import pairwise, product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.mentions import crf, tagger
from newsmill.mentions.features import MAX_FEATURES, build_word_tables, extract_features
from newsmill.nlp.tokens import tokens

WORDS = (
    "Ann Hale Mr. Gen. President Oslo U.S. Bank of England the said in (CFA) CFA, Ltd. 's ’s “ ” \" ( ) al-Rashid "
    "de van & and Monday HALE 4.5 . ! ? \n — - Zürich İzmir New York Oslo-based Hale-led told A. J. 3 2 東京 ß"
).split(" ")
news = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=40).map(" ".join)
MAY = crf.list_transitions()
BEGINS = [label for label in range(crf.LABEL_COUNT) if crf.may_begin(label)]


def chain(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    scores = chance.normal(0, 2, (size, crf.LABEL_COUNT)).astype(np.float32)
    return scores, chance.normal(0, 1, (crf.LABEL_COUNT, crf.LABEL_COUNT)).astype(np.float32)


def ways(size: int):
    """Yield every sequence of labels that may stand in a window."""
    for labels in product(range(crf.LABEL_COUNT), repeat=size):
        linked = all(MAY[a, b] for a, b in pairwise(labels))
        if linked and crf.may_begin(labels[0]) and crf.may_end(labels[-1]):
            yield labels


def worth(labels, scores, links) -> float:
    told = sum(float(scores[at, label]) for at, label in enumerate(labels))
    return told + sum(float(links[a, b]) for a, b in pairwise(labels))


def surest_in_python(scores, links) -> list[int]:
    best = {label: (float(scores[0, label]), [label]) for label in BEGINS}
    for at in range(1, len(scores)):
        best = {
            after: max(
                (
                    (told + float(links[before, after]) + float(scores[at, after]), [*way, after])
                    for before, (told, way) in best.items()
                    if MAY[before, after]
                ),
                key=lambda found: found[0],
            )
            for after in range(crf.LABEL_COUNT)
            if any(MAY[before, after] for before in best)
        }
    return max((found for label, found in best.items() if crf.may_end(label)), key=lambda found: found[0])[1]


def found_in(scores, links) -> crf.NameSpans:
    size = len(scores)
    window, live = np.array([0, size], np.int32), np.arange(size, dtype=np.int32)
    return crf.decode_spans(scores.copy(), crf.Weights(np.zeros((1, 3), np.uint64), links, 1.0), window, live)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_the_compiled_search_finds_what_plain_python_finds(seed, size):
    scores, links = chain(seed, size)
    labels = np.zeros(size, np.int8)
    crf.find_best_labels(scores, links, 0, size, np.empty((size, crf.LABEL_COUNT), np.int8), labels)
    assert labels.tolist() == surest_in_python(scores, links)


@pytest.mark.parametrize("seed", range(6))
def test_a_name_is_as_probable_as_all_ways_through_it_are(seed):
    scores, links = chain(seed, 3)
    told = {labels: np.exp(worth(labels, scores, links)) for labels in ways(3)}
    total, surest = sum(told.values()), surest_in_python(scores, links)
    found = found_in(scores, links)
    for first, last, probability in zip(found.first_token, found.last_token, found.probability, strict=True):
        through = sum(w for labels, w in told.items() if list(labels[first : last + 1]) == surest[first : last + 1])
        assert probability == pytest.approx(through / total, rel=1e-3)


def test_a_score_is_the_sum_of_the_rows_of_its_features():
    chance = np.random.default_rng(1)
    rows = chance.integers(-127, 128, (500, crf.LABEL_COUNT)).astype(np.int8)
    features = chance.integers(0, 500, (20, MAX_FEATURES)).astype(np.int32)
    counts = chance.integers(1, MAX_FEATURES + 1, 20).astype(np.int32)
    scores = np.empty((20, crf.LABEL_COUNT), np.float32)
    crf.score_tokens(features, counts, crf.pack_weights(rows), np.float32(0.5), scores)
    for token in range(20):
        told = rows[features[token, : counts[token]]].astype(int).sum(0) * 0.5
        assert scores[token].tolist() == told.tolist()


def test_a_begun_name_is_ended_before_another_begins():
    person, place = 1, 1 + 4 * crf.KINDS.index("place")
    assert MAY[person + crf.BEGIN, person + crf.LAST] and not MAY[person + crf.BEGIN, place + crf.LAST]
    assert not MAY[person + crf.BEGIN, 0] and not MAY[0, person + crf.INSIDE]
    assert MAY[person + crf.UNIT, place + crf.BEGIN]


@given(st.lists(news, min_size=1, max_size=4))
def test_every_window_holds_tokens_and_no_token_stands_in_two(texts):
    shown = extract_features(tokens(pa.array(texts, pa.large_string())), tagger.load_model().word_tables)
    assert (np.diff(shown.window_start) > 0).all() and shown.window_start[-1] == len(shown.token_index)
    assert (np.diff(shown.token_index) > 0).all()


def test_windows_stand_around_capitals_and_never_leave_a_sentence():
    told = tokens(pa.array(["Rain fell on the hills. Ann Hale of the bank left early, but no one saw."]))
    shown = extract_features(told, tagger.load_model().word_tables)
    words = [told.start[token] for token in shown.token_index]
    assert words == [24, 28, 33]
    for low, high in pairwise(shown.window_start):
        assert len(set(told.sentence[shown.token_index[low:high]].tolist())) == 1


def test_word_lists_hold_what_the_gazetteer_says():
    keys, bits, phrases, kinds = build_word_tables()
    assert (keys != 0).sum() == (bits != 0).sum() > 50_000
    assert (phrases != 0).sum() == (kinds != 0).sum() > 5_000


@settings(max_examples=100, deadline=None)
@given(st.lists(news, min_size=1, max_size=5))
def test_names_lie_in_one_sentence_and_do_not_hang_on_the_batch(texts):
    together = tagger.tag_texts(pa.array(texts, pa.string()))
    for text, reading in zip(texts, together, strict=True):
        (alone,) = tagger.tag_texts(pa.array([text]))
        told = [(tag.start, tag.end, tag.entity_type) for tag in reading.tags]
        assert told == [(tag.start, tag.end, tag.entity_type) for tag in alone.tags]
        stop = 0
        for start, end, _ in told:
            assert stop <= start < end <= len(text) and text[start:end].strip() == text[start:end]
            first, last = np.searchsorted(reading.sentence_starts, (start, end - 1), "right")
            assert first == last
            stop = end


def test_the_shipped_model_is_small_and_tells_its_version():
    assert tagger.MODEL_PATH.stat().st_size < 12 * 1024 * 1024
    assert all(
        tag.rule == tagger.load_model().version for tag in tagger.tag_texts(pa.array(["Ann Hale left Oslo."]))[0].tags
    )


def test_confidence_grows_with_probability():
    by = tagger.load_model().calibration
    sure = np.linspace(0.01, 0.99, 20, dtype=np.float32)
    for kind in range(3):
        found = crf.NameSpans(*(np.full(20, kind) for _ in range(3)), sure)
        told = tagger.calibrate(found, by)
        assert (np.diff(told) > 0).all()
        assert 0 < told.min() < told.max() < 1
