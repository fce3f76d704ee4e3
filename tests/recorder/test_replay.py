import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.replay import LONGEST_STRING, Sanitiser, inert, visible
from tests.for_each import for_each

ALLOWED = re.compile(
    r"\x1b\[[0-9;:]*[ABCDEFGHIZ`adefJKX@PLMSrmbgT]"
    r"|\x1b\[[su]"
    r"|\x1b\[\?(7|25|47|1047|1048|1049)(;(7|25|47|1047|1048|1049))*[hl]"
    r"|\x1b[78DEMH]"
    r"|\x1b[()][B0]"
    r"|[\t\n\r\x08]"
)
"""The oracle: written from the promise, not from the code."""

IN_ITS_SCRIPT = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
"""Format characters that pass: signs before digits, joiners of hieroglyphs, shorthand and notes. None reaches beyond its script."""


def shown(*chunks: bytes) -> str:
    sanitiser = Sanitiser()
    return "".join(map(sanitiser.feed, chunks)) + sanitiser.finish()


def acts(text: str) -> list[str]:
    """The characters left that could make a terminal act, once all that is allowed is taken out."""
    rest = ALLOWED.sub("", text)
    return [
        one
        for one in rest
        if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and not IN_ITS_SCRIPT.match(one)
    ]


ATTACKS = [
    pytest.param(b"\x1b]52;c;ZWNobyBvd25lZA==\x07", id="the clipboard is written"),
    pytest.param(b"\x1b]52;c;?\x1b\\", id="the clipboard is read"),
    pytest.param(b"\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\", id="a link that lies"),
    pytest.param(b"\x1b]0;rm -rf /\x07\x1b[21t", id="a title is set and reported back"),
    pytest.param(b'\x1bP$q"p\x1b\\', id="DECRQSS is asked"),
    pytest.param(b"\x1bP+q544e\x1b\\", id="XTGETTCAP is asked"),
    pytest.param(b"\x1b[c\x1b[>c\x1b[=c", id="device attributes are asked"),
    pytest.param(b"\x1b[5n\x1b[6n\x1b[?6n", id="device status is asked"),
    pytest.param(b"\x05", id="the answer-back is asked"),
    pytest.param("\x9b6n\x9d52;c;eA==\x9c\x90$qm\x9c".encode(), id="8-bit controls in UTF-8"),
    pytest.param(b"\x9b6n\x9d52;c;eA==\x9c", id="8-bit controls as raw bytes"),
    pytest.param(b"\x1bPq#0;2;0;0;0#0~~@@vv" + b"~" * 5000, id="a picture that never ends"),
    pytest.param(b"\x1b_Gf=24,s=10;AAAA\x1b\\", id="kitty's pictures"),
    pytest.param(b"\x1b^private\x1b\\\x1bXstring\x1b\\", id="private messages and strings"),
    pytest.param("permit \u202egnp.exe\u202c \u2066x\u2069".encode(), id="text that runs backwards"),
    pytest.param("zero\u200bwidth\u200d\ufeff\u2060".encode(), id="characters of no width"),
    pytest.param("line\u2028separator\u2029".encode(), id="other line ends"),
    pytest.param("\U000e0041\U000e0042".encode(), id="tags that nobody sees"),
    pytest.param(b"\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[?1h", id="mouse, paste and keyboard modes"),
    pytest.param(b"\x1bc\x1b#8\x1b[!p", id="resets and test patterns"),
    pytest.param(b"\x1b[99999999999b\x1b[1;2;3;4;5T", id="repeats that flood, mouse tracking"),
    pytest.param(b"\x1b[4i\x1b[5i", id="the printer"),
    pytest.param(b"\x1b[" + b"1;" * 5000 + b"m", id="a sequence without end"),
    pytest.param(b"\x1b[1\x1b]0;x\x07m", id="a sequence inside a sequence"),
    pytest.param(b"\x1b]0;a\x1b[6n\x07", id="a query inside a title"),
    pytest.param(b"\xff\xfe\x80\xc0\xaf\xed\xa0\x80", id="bytes that are no UTF-8"),
    pytest.param(b"\x0e\x0f\x0b\x0c\x7f\x00", id="shifts, feeds, delete and null"),
    pytest.param(b"\x1bZ\x1b[x\x1b[?15n\x1b[18t\x1b[11t", id="older queries"),
    pytest.param(b"\x1b\x1b\x1b[[6n", id="escapes in a row"),
]


@for_each("attack", ATTACKS)
def test_abuse_29_no_attack_on_the_reader_s_terminal_survives(attack: bytes) -> None:
    text = shown(b"before " + attack + b" after")
    assert acts(text) == []
    assert text.startswith("before ")


@for_each("attack", ATTACKS)
def test_abuse_29_where_the_bytes_are_split_makes_no_difference(attack: bytes) -> None:
    whole = shown(attack + b"z")
    for at in range(min(len(attack) + 1, 60)):
        assert shown((attack + b"z")[:at], (attack + b"z")[at:]) == whole
    assert shown(*(attack[:300][at : at + 1] for at in range(len(attack[:300])))) == shown(attack[:300])


PIECES = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=10).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"\x1b", b"\x1b[", b"\x1b]", b"\x1bP", b"\x07", b"\x1b\\", b"\x9b", b"\xc2\x9b", b"?", b";", b"6n"]
    ),
    st.sampled_from([b"m", b"31", b"h", b"l", b"1049", b"25", b"H", b"q", b"$", b"!", b"(", b"B", b"52;c;"]),
)


@given(st.lists(PIECES, max_size=30))
def test_abuse_29_whatever_comes_only_allowed_sequences_leave(pieces: list[bytes]) -> None:
    text = shown(*pieces)
    assert acts(text) == []
    assert shown(text.encode()) == text


@given(st.lists(PIECES, max_size=20), st.lists(PIECES, max_size=20))
def test_abuse_29_splitting_never_smuggles_anything_through(left: list[bytes], right: list[bytes]) -> None:
    assert shown(b"".join(left), b"".join(right)) == shown(b"".join(left) + b"".join(right))


def test_the_picture_stays_as_it_was() -> None:
    screen = b"\x1b[?1049h\x1b[2J\x1b[1;1H\x1b[1;31mred\x1b[0m\x1b[K\r\nplain \xe2\x82\xac\x08\x1b[?25l"
    assert shown(screen) == screen.decode()


def test_an_attack_is_seen_not_swallowed() -> None:
    assert shown(b"\x1b]52;c;aGk=\x07") == "\u241b]52;c;aGk=\u2407"
    assert shown(b"\x1b[6n") == "\u241b[6n"
    assert shown("a\u202eb".encode()) == "a\\u202eb"


def test_a_sign_before_digits_is_text() -> None:
    assert shown("\u0600\u06dd 12".encode()) == "\u0600\u06dd 12"


def test_nothing_hides_behind_a_string_that_never_ends() -> None:
    text = shown(b"\x1b]0;" + b"x" * LONGEST_STRING + b"the rest is seen")
    assert text.endswith("the rest is seen")
    assert len(text) < 400


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param("plain-name", "plain-name", id="plain"),
        pytest.param("two\nlines\r\n", "two\\nlines\\r\\n", id="line ends"),
        pytest.param("\x1b[2J\x07", "\\x1b[2J\\x07", id="controls"),
        pytest.param("a\u202egnp", "a\\u202egnp", id="an override"),
        pytest.param("\udc80", "\\udc80", id="an undecodable byte"),
        pytest.param("é€𝄞", "é€𝄞", id="other scripts"),
        pytest.param("\U000e0041", "\\U000e0041", id="a tag"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_hostile_name_becomes_one_harmless_line(name: str, line: str) -> None:
    assert inert(name) == line


@given(st.text())
def test_every_name_is_one_printable_line(name: str) -> None:
    # What Unicode has not given a meaning yet passes: an export must not change with the version of Unicode.
    assert all(one.isprintable() or unicodedata.category(one) == "Cn" for one in inert(name))
    assert inert(inert(name)) == inert(name)


@pytest.mark.parametrize("name", ["\u0378", "\U0001fae9"])
def test_a_character_that_a_later_unicode_may_know_is_shown_alike_by_every_version(name: str) -> None:
    assert (inert(name), visible(name)) == (name, name)


def test_a_long_name_is_shortened() -> None:
    assert inert("x" * 100, 10) == "x" * 9 + "…"


def test_what_never_stood_on_the_screen_can_be_left_out_instead_of_shown() -> None:
    bare = Sanitiser(strings=False)
    parts = [b"\x1b]0;a ti", b"tle\x07$ ls\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b", b"\\\r\n"]
    assert "".join([*map(bare.feed, parts), bare.finish()]) == "$ lslink\r\n"
