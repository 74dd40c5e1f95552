"""Names in credits are marked, and the same words in running text are not."""

import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.mentions.credits import Credits, find_credits, list_credit_spans

CREDITED = [
    ("Reporting by Ida Holm in Oslo; editing by Jo Marlow", ["Reporting by Ida Holm in Oslo; editing by Jo Marlow"]),
    ("(Additional reporting by Ida Holm.)", ["Additional reporting by Ida Holm."]),
    ("The bank closed. Ida Holm contributed reporting.", ["Ida Holm contributed reporting"]),
    (
        "Gull News writers Ida Holm in Oslo and J. Marlow contributed to this report.",
        ["Gull News writers Ida Holm in Oslo and J. Marlow contributed to this report"],
    ),
    ("The bank closed. ___ Holm reported from Oslo.", ["___ Holm reported from Oslo"]),
    ("The bank on Monday. Photo: Ida Holm/Gull News", ["Photo: Ida Holm/Gull News"]),
    ("The mayor, left, at the pier. (Ida Holm/Gull News)", ["Ida Holm/Gull News"]),
    ("The mayor at the pier. (AP Photo/Ida Holm) The mayor had", ["AP Photo/Ida Holm"]),
    ("The mayor at the pier | Gull Pool/Ida Holm via Getty Images", ["Gull Pool/Ida Holm via Getty Images"]),
    ("pinegull/Getty Images", ["pinegull/Getty Images"]),
    ("Photo by Ida Holm on Unsplash", ["Photo by Ida Holm on Unsplash"]),
    ("A robot climbs. Credit: Gull/Marlow The robot carries parts.", ["Credit: Gull/Marlow"]),
    ("The pier. (Courtesy of the city of Marlow)", ["Courtesy of the city of Marlow"]),
    ("© 2026 Gull Media Group", ["© 2026 Gull Media Group"]),
    ("By IDA HOLM", ["By IDA HOLM"]),
    ("From Ida Holm and Jo Marlow, Oslo", ["From Ida Holm and Jo Marlow, Oslo"]),
    ("Ida Holm in Oslo", ["Ida Holm in Oslo"]),
    ("Oslo, April 9 (Daily Gull) - The bank closed.", ["Daily Gull"]),
    ("The bank closed on Monday. (AFP)", ["AFP"]),
    ("Reuters", ["Reuters"]),
    ("This story was originally published on Gull.com", ["This story was originally published on Gull.com"]),
    ("Ida Holm is a staff writer at Gull News. Write to her.", ["Ida Holm is a staff writer at Gull News"]),
]
NOT_CREDITED = [
    "The minister wrote to Reuters that the bank had closed.",
    "By Monday the bank had closed, Ida Holm said, and nobody at Gull News knew why the doors were shut.",
    "Earlier reporting by Gull News showed that the bank had closed.",
    "A photo by Ida Holm won the prize.",
    "The fund invested in AC/DC and in Gull Oil.",
    "Cuts contributed to this, said Ida Holm.",
    "Holm, who reported from Oslo for ten years, now leads Gull News.",
    "Gull News reported from Oslo that the bank had closed.",
    "The Gull Party (GP) won in Oslo.",
    "Jo Marlow, Ida Holm and the mayor were in Oslo.",
    "The editing by Marlow was praised.",
]


@pytest.mark.parametrize(("line", "expected"), CREDITED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_credit_reaches_over_the_names_next_to_its_phrase(line, expected):
    assert [line[start:end] for start, end in list_credit_spans(line)] == expected
    assert find_credits(pa.array([line])).start.tolist() == [line.index(span) for span in expected], (
        "the line is covered"
    )


@pytest.mark.parametrize("line", NOT_CREDITED)
def test_running_text_is_no_credit(line):
    assert list_credit_spans(line) == []


def test_a_position_is_covered_by_a_span_of_its_own_text_alone():
    texts = pa.array(["The pier.\nPhoto: Ida Holm", "", "Ida Holm left.", "Photo: Ida Holm"])
    covered = find_credits(texts)
    assert list(zip(*map(list, covered), strict=True)) == [(0, 10, 25), (3, 0, 15)]
    articles, starts = pa.array([0, 0, 2, 3, 3]).to_numpy(), pa.array([4, 17, 10, 7, 15]).to_numpy()
    assert covered.cover(articles, starts).tolist() == [False, True, False, True, False]
    nothing = find_credits(pa.array(["Ida Holm left."]))
    assert isinstance(nothing, Credits) and nothing.cover(articles, starts).tolist() == [False] * 5


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from("Photo: By Ida HOLM / /Getty Images ( ) . , and in Oslo via © | A. - --".split(" "))))
def test_every_credited_line_is_found_and_its_spans_are_in_order(words):
    line = " ".join(words)
    spans = list_credit_spans(line)
    bounds = [bound for span in spans for bound in span]
    assert bounds == sorted(bounds) and all(0 <= start < end <= len(line) for start, end in spans)
    assert list(zip(*(part.tolist() for part in find_credits(pa.array([line])[:1])), strict=True)) == [
        (0, start, end) for start, end in spans
    ]


REPEATED = (
    "Ann Hale, ",
    "A/",
    "By Ann/",
    "Photo: ",
    "AbCdE",
    "(Ann Hale / ",
    "via Getty ",
    "(photo by ",
    "contributed to this report. ",
)


@pytest.mark.parametrize("piece", REPEATED)
def test_the_time_grows_with_the_text(piece):
    def measure(count: int) -> float:
        start = time.process_time()
        find_credits(pa.array(["By " + piece * count + "Photo by the"]))
        return time.process_time() - start

    assert measure(4000) < 50 * max(measure(500), 0.002)
