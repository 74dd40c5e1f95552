"""Decoding and fixing text: changes, sound text left alone, idempotence."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsmill.readers.fix_text import decode_text, fix_text

CURLY = "The ferry’s crew said: “We café-hopped – then sailed…”"


@pytest.mark.parametrize(
    ("data", "text", "encoding", "repairs"),
    [
        (b"plain\nlines\n", "plain\nlines\n", "utf-8", ()),
        (CURLY.encode(), CURLY, "utf-8", ()),
        (CURLY.encode("utf-8-sig"), CURLY, "utf-8", ()),
        (CURLY.encode("utf-16"), CURLY, "utf-16", ()),
        (b"\xfe\xff" + CURLY.encode("utf-16-be"), CURLY, "utf-16", ()),
        (CURLY.encode("utf-32"), CURLY, "utf-32", ()),
        (CURLY.encode("cp1252"), CURLY, "windows-1252", ()),
        (b"a\r\nb\rc\n", "a\nb\nc\n", "utf-8", ("newlines",)),
        (CURLY.encode().decode("latin-1").encode(), CURLY, "utf-8", ("mojibake",)),
        ("Zoë’s dog".encode().decode("cp1252").encode(), "Zoë’s dog", "utf-8", ("mojibake",)),
        ("the mayor\u0092s plan".encode(), "the mayor’s plan", "utf-8", ("mojibake",)),
        ("cafe\u0301".encode(), "café", "utf-8", ("nfc",)),
        (b"har\0bour\x0cwall\x1b", "harbour wall", "utf-8", ("control_characters",)),
        (CURLY.encode() + b" it\x92s", CURLY + " it’s", "utf-8", ("undecodable_bytes",)),
        (CURLY.encode() + b" \xe2\x80", CURLY + " \ufffd", "utf-8", ("undecodable_bytes",)),
        ("Паром вышел из порта утром".encode("cp1251"), "Паром вышел из порта утром", "windows-1251", ()),
        (b"", "", "utf-8", ()),
    ],
)
def test_bytes_become_fixed_text(data, text, encoding, repairs):
    assert decode_text(data) == (text, encoding, repairs)


@pytest.mark.parametrize(
    "text",
    [
        "“Curly” quotes, ‘single’ too",
        "fish &amp; chips &lt;b&gt;",
        "ﬁne ligatures",
        "ｆｕｌｌ width",
        "CAFÉ” said the sign",
        "à la carte: « très bien »",
        "SÃO PAULO",
        "Ærø – Łódź – Ångström",
        "naïve…",
        "price: £5 · 20 €",
        "Â la belle étoile",
        "tab\tand no-break\u00a0space",
        "emoji 👩‍🚒 and ZWJ",
        "été…",
        "Đà Nẵng, Hà Nội",
    ],
)
def test_sound_text_is_left_alone(text):
    assert fix_text(text) == (text, ())


def test_halves_of_a_surrogate_pair_are_joined_and_lone_ones_replaced():
    assert fix_text("a \ud83d\ude00 b \ud800 c") == ("a 😀 b \ufffd c", ("undecodable_bytes",))


def test_repairs_that_uncover_another_are_followed_up():
    assert fix_text("cafÃ\x00©")[0] == "café"
    assert fix_text("cafA\u0303©")[0] == "café"


def test_mojibake_on_one_line_leaves_the_others_alone():
    sound = "CAFÉ” said the sign"
    assert fix_text(f"{sound}\ncafÃ©\n{sound}")[0] == f"{sound}\ncafé\n{sound}"


dirty = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\r\n\0\x0c\x85\x92\ud83d\ude00\u0301\u0303ÃÂâ€™©Ð¡вЂ ‚Ä\u2028"),
    )
)


@given(dirty)
@example("Ã\u0303\x00©\r\x00\n")
@example("â\x80\x99 Â\xa0 Ã ")
def test_fixed_text_is_valid_and_a_second_fix_changes_nothing(text):
    fixed, repairs = fix_text(text)
    assert fix_text(fixed) == (fixed, ())
    assert fixed.encode().decode() == fixed
    assert unicodedata.is_normalized("NFC", fixed)
    assert not [char for char in fixed if unicodedata.category(char) == "Cc" and char not in "\n\t"]
    assert fixed.count("\n") == text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert bool(repairs) == (fixed != text)


@given(st.one_of(st.binary(), dirty.map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_become_sound_text(data):
    text, encoding, _ = decode_text(data)
    assert fix_text(text) == (text, ())
    assert encoding


@given(dirty)
def test_sound_utf8_keeps_its_lines(text):
    data = text.encode("utf-8", "ignore")
    lines = data.decode().replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert decode_text(data)[0].count("\n") == lines
