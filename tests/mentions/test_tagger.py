"""The name model: compiled and plain Python agree, spans are exact, and texts do not change each other's names."""

from itertools import pairwise, product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.mentions import agreement, crf, tagger
from newsmill.mentions.agreement import AGREEMENT_ROWS, SHARE_CLASSES, SHARE_STEPS, extract_agreement
from newsmill.mentions.crf import LABEL_COUNT
from newsmill.mentions.features import MAX_FEATURES, build_word_tables, extract_features
from newsmill.nlp import name_flags
from newsmill.nlp.tokens import tokenize

WORDS = (
    "Ann Hale Mr. Gen. President Oslo U.S. Bank of England the said in (CFA) CFA, Ltd. 's ’s “ ” \" ( ) al-Rashid "
    "de van & and Monday HALE 4.5 . ! ? \n — - Zürich İzmir New York Oslo-based Hale-led told A. J. 3 2 東京 ß"
).split(" ")
news = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=40).map(" ".join)
IS_ALLOWED = crf.list_transitions()
BEGINS = [label for label in range(crf.LABEL_COUNT) if crf.may_begin(label)]


def make_scores(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    scores = random.normal(0, 2, (size, crf.LABEL_COUNT)).astype(np.float32)
    return scores, random.normal(0, 1, (crf.LABEL_COUNT, crf.LABEL_COUNT)).astype(np.float32)


def list_paths(size: int):
    """Yield every allowed sequence of labels of a window."""
    for labels in product(range(crf.LABEL_COUNT), repeat=size):
        is_linked = all(IS_ALLOWED[a, b] for a, b in pairwise(labels))
        if is_linked and crf.may_begin(labels[0]) and crf.may_end(labels[-1]):
            yield labels


def score_path(labels, scores, transitions) -> float:
    score = sum(float(scores[i, label]) for i, label in enumerate(labels))
    return score + sum(float(transitions[a, b]) for a, b in pairwise(labels))


def best_labels_in_python(scores, transitions) -> list[int]:
    best = {label: (float(scores[0, label]), [label]) for label in BEGINS}
    for i in range(1, len(scores)):
        best = {
            after: max(
                (
                    (score + float(transitions[before, after]) + float(scores[i, after]), [*path, after])
                    for before, (score, path) in best.items()
                    if IS_ALLOWED[before, after]
                ),
                key=lambda scored: scored[0],
            )
            for after in range(crf.LABEL_COUNT)
            if any(IS_ALLOWED[before, after] for before in best)
        }
    return max((scored for label, scored in best.items() if crf.may_end(label)), key=lambda scored: scored[0])[1]


def find_spans(scores, transitions, is_changed: bool = False) -> crf.NameSpans:
    size = len(scores)
    window_start, token_index = np.array([0, size], np.int32), np.arange(size, dtype=np.int32)
    chain = crf.make_chain(transitions)
    first_scores = np.zeros_like(scores) if is_changed else scores
    lattice, _ = crf.find_marginals(first_scores, chain, window_start)
    return crf.decode_spans(scores, lattice, chain, crf.Windows(window_start, token_index, np.array([is_changed])))


def test_the_sums_of_changed_windows_are_those_of_the_new_scores():
    scores, transitions = make_scores(1, 9)
    first, second = find_spans(scores, transitions), find_spans(scores, transitions, is_changed=True)
    assert len(first.kind) > 0
    assert all(a.tolist() == b.tolist() for a, b in zip(first, second, strict=True))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_the_compiled_search_finds_what_plain_python_finds(seed, size):
    scores, transitions = make_scores(seed, size)
    labels = np.zeros(size, np.int8)
    crf.find_best_labels(scores, transitions, 0, size, np.empty((size, crf.LABEL_COUNT), np.int8), labels)
    assert labels.tolist() == best_labels_in_python(scores, transitions)


def test_probabilities_are_those_of_plain_python_to_the_last_bit():
    scores, transitions = make_scores(2, 60)
    chain, window_start = crf.make_chain(transitions), np.array([0, 60], np.int32)
    _, marginals = crf.find_marginals(scores, chain, window_start)
    lattice = crf.Lattice(scores.copy(), np.empty_like(scores), np.empty_like(scores), np.empty(60))
    in_python = np.empty_like(scores)
    crf._write_marginals.py_func(lattice, chain.exponentials, window_start, in_python)
    assert (in_python == marginals).all()


def test_a_share_near_the_bound_of_a_class_has_the_class_of_plain_python():
    shares = [np.float32(step) for step in SHARE_STEPS]
    classes = [agreement._classify_share(share) for share in shares]
    assert [agreement._classify_share.py_func(share) for share in shares] == classes


@pytest.mark.parametrize("seed", range(6))
def test_a_name_is_as_probable_as_all_paths_through_it(seed):
    scores, transitions = make_scores(seed, 3)
    weight_of = {labels: np.exp(score_path(labels, scores, transitions)) for labels in list_paths(3)}
    total, best_labels = sum(weight_of.values()), best_labels_in_python(scores, transitions)
    spans = find_spans(scores, transitions)
    for first, last, probability in zip(spans.first_token, spans.last_token, spans.probability, strict=True):
        through = sum(
            weight
            for labels, weight in weight_of.items()
            if list(labels[first : last + 1]) == best_labels[first : last + 1]
        )
        assert probability == pytest.approx(through / total, rel=1e-3)


def test_a_score_is_the_sum_of_the_rows_of_its_features():
    random = np.random.default_rng(1)
    rows = random.integers(-127, 128, (500, crf.LABEL_COUNT)).astype(np.int8)
    features = random.integers(0, 500, (20, MAX_FEATURES)).astype(np.int32)
    counts = random.integers(1, MAX_FEATURES + 1, 20).astype(np.int32)
    scores = np.empty((20, crf.LABEL_COUNT), np.float32)
    crf.score_tokens(features, counts, crf.pack_weights(rows), np.float32(0.5), scores)
    for token in range(20):
        expected = rows[features[token, : counts[token]]].astype(int).sum(0) * 0.5
        assert scores[token].tolist() == expected.tolist()


def test_a_begun_name_is_ended_before_another_begins():
    person, place = 1, 1 + 4 * crf.KINDS.index("place")
    begin, inside, last, unit = crf.Position
    assert IS_ALLOWED[person + begin, person + last] and not IS_ALLOWED[person + begin, place + last]
    assert not IS_ALLOWED[person + begin, 0] and not IS_ALLOWED[0, person + inside]
    assert IS_ALLOWED[person + unit, place + begin]


@given(st.lists(news, min_size=1, max_size=4))
def test_every_window_holds_tokens_and_no_token_is_in_two(texts):
    features = extract_features(tokenize(pa.array(texts, pa.large_string())), tagger.load_model().word_tables)
    assert (np.diff(features.window_start) > 0).all() and features.window_start[-1] == len(features.token_index)
    assert (np.diff(features.token_index) > 0).all()


def test_windows_surround_capitals_and_never_leave_a_sentence():
    batch = tokenize(pa.array(["Rain fell on the hills. Ann Hale of the bank left early, but no one saw."]))
    features = extract_features(batch, tagger.load_model().word_tables)
    starts = [batch.start[token] for token in features.token_index]
    assert starts == [24, 28, 33]
    for start, end in pairwise(features.window_start):
        assert len(set(batch.sentence[features.token_index[start:end]].tolist())) == 1


def test_the_features_of_an_address_do_not_depend_on_the_last_word_of_the_batch():
    """An address has no other occurrences; index -1 for none was read as the last token of the batch."""
    text, word_tables = "Mail Ann Hale Ann.Hale@Example.com today.", tagger.load_model().word_tables
    alone = extract_features(tokenize(pa.array([text])), word_tables)
    batch = extract_features(tokenize(pa.array([text, "an oslo in Oslo"])), word_tables)
    for n, count in enumerate(alone.counts):
        assert alone.rows[n, :count].tolist() == batch.rows[n, : batch.counts[n]].tolist()


def test_word_lists_hold_what_the_gazetteer_says():
    keys, bits, phrases, kinds = build_word_tables()
    assert (keys != 0).sum() == (bits != 0).sum() > 50_000
    assert (phrases != 0).sum() == (kinds != 0).sum() > 5_000


def test_lists_of_known_names_are_sorted_and_hold_no_common_words():
    common = set(name_flags.read_lines("common_words.txt"))
    for kind, names in name_flags.load_typed_names().items():
        assert names == sorted(set(names)) and len(names) > 1000, kind
        assert not common.intersection(map(str.lower, names)), kind


@pytest.mark.parametrize("seed", range(5))
def test_agreement_reads_the_other_occurrences_of_a_word_and_no_other_word(seed):
    generator = np.random.default_rng(seed)
    marginals = generator.dirichlet(np.full(LABEL_COUNT, 0.1), 12).astype(np.float32)
    group = np.array([0, -1, 1, 0, 0, 2, 1, -1, 3, 3, 3, 0], np.int32)
    window_start = np.arange(13, dtype=np.int32)  # each token alone, without neighbours
    rows, counts = extract_agreement(marginals, group, window_start)
    for i, number in enumerate(group):
        others = [j for j in range(12) if j != i and group[j] == number >= 0]
        means = marginals[others].mean(0) if others else np.zeros(LABEL_COUNT)
        expected = {
            label * SHARE_CLASSES + np.searchsorted(SHARE_STEPS, means[label], "right")
            for label in range(LABEL_COUNT)
            if means[label] >= SHARE_STEPS[0]
        }
        assert {row for row in rows[i, : counts[i]].tolist() if row < LABEL_COUNT * SHARE_CLASSES} == expected
        assert rows[i, : counts[i]].max(initial=0) < AGREEMENT_ROWS


def test_a_short_name_is_what_the_long_name_shows():
    texts = [
        "Ann Bergen spoke first. Later Bergen was cheered by all.",
        "They live in Bergen County. Later Bergen was cheered by all.",
    ]
    last = [tagged.tags[-1].entity_type for tagged in tagger.tag_texts(pa.array(texts))]
    assert last == ["person", "place"]


@settings(max_examples=100, deadline=None)
@given(st.lists(news, min_size=1, max_size=5))
def test_names_stay_in_one_sentence_and_do_not_depend_on_the_batch(texts):
    together = tagger.tag_texts(pa.array(texts, pa.string()))
    for text, tagged in zip(texts, together, strict=True):
        (alone,) = tagger.tag_texts(pa.array([text]))
        names = [(tag.start, tag.end, tag.entity_type) for tag in tagged.tags]
        assert names == [(tag.start, tag.end, tag.entity_type) for tag in alone.tags]
        stop = 0
        for start, end, _ in names:
            assert stop <= start < end <= len(text) and text[start:end].strip() == text[start:end]
            first, last = np.searchsorted(tagged.sentence_starts, (start, end - 1), "right")
            assert first == last
            stop = end


def test_the_shipped_model_is_small_and_names_its_version():
    assert tagger.MODEL_PATH.stat().st_size < 12 * 1024 * 1024
    assert all(
        tag.rule == tagger.load_model().version for tag in tagger.tag_texts(pa.array(["Ann Hale left Oslo."]))[0].tags
    )


def test_confidence_grows_with_probability():
    calibration = tagger.load_model().calibration
    probability = np.linspace(0.01, 0.99, 20, dtype=np.float32)
    for kind in range(3):
        spans = crf.NameSpans(*(np.full(20, kind) for _ in range(3)), probability)
        confidence = tagger.calibrate(spans, calibration)
        assert (np.diff(confidence) > 0).all()
        assert 0 < confidence.min() < confidence.max() < 1
