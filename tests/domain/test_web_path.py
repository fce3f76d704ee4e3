import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.web_path import LONGEST_PATH, covers, path_pattern, web_path
from tests.for_each import for_each

ONE_FORM = {
    "/": "/",
    "/status/tank.html": "/status/tank.html",
    "/%7Eplain/%41": "/~plain/A",
    "/a%20b/%c3%a4%2b": "/a%20b/%C3%A4%2B",
    "/a//b/": "/a//b/",
    "/100%25": "/100%25",
    "/a;b=c/.well-known/x..y": "/a;b=c/.well-known/x..y",
}

TWO_READINGS = {
    "": "begins with one",
    "status": "begins with one",
    "//other/status": "begins with one",
    "http://other/": "begins with one",
    "/a/../b": "no '.' or '..'",
    "/a/./b": "no '.' or '..'",
    "/a/..": "no '.' or '..'",
    "/..;x/b": "no '.' or '..'",
    "/.;/b": "no '.' or '..'",
    "/%2e%2E/b": "no '.' or '..'",
    "/..%20/b": "no '.' or '..'",
    "/.../b": "no '.' or '..'",
    "/%ef%bc%8e%ef%bc%8e/b": "no '.' or '..'",
    "/%e2%80%a5/b": "no '.' or '..'",
    "/a%2fb": "no slash",
    "/a%5Cb": "no slash",
    "/a%ef%bc%8fb": "looks like one",
    "/a%ef%bc%bcb": "looks like one",
    "/a\\b": "no blank",
    "/a b": "no blank",
    "/a?b": "no blank",
    "/a#b": "no blank",
    "/ä": "no blank",
    "/a%252e%252e/b": "no escape",
    "/%25%32%65": "no escape",
    "/%EF%BC%852e/": "no escape",
    "/a%00": "control character",
    "/a%0d%0ab": "control character",
    "/a%7f": "control character",
    "/a%c2%85": "control character",
    "/a%": "two hexadecimal",
    "/a%2": "two hexadecimal",
    "/%u002e": "two hexadecimal",
    "/a%ff": "UTF-8",
    "/%c0%ae%c0%ae/": "UTF-8",
    "/" + "a" * LONGEST_PATH: "at most",
}


@for_each("text", ONE_FORM)
def test_a_path_has_one_written_form(text: str) -> None:
    assert web_path(text) == ONE_FORM[text]
    assert web_path(web_path(text)) == ONE_FORM[text]


@for_each("text", TWO_READINGS)
def test_a_path_that_somebody_could_take_for_another_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=TWO_READINGS[text]):
        web_path(text)


@given(st.text(st.sampled_from("/.%25;aA2eEfFcC0\\ *"), max_size=12))
def test_a_form_once_written_stays_and_escapes_nothing_that_could_be_plain(text: str) -> None:
    try:
        written = web_path("/" + text)
    except ValueError:
        return
    assert web_path(written) == written
    assert "/../" not in f"{written}/"
    assert "%2e" not in written.lower()


def test_a_pattern_is_a_path_or_all_below_one() -> None:
    assert path_pattern("/set") == "/set"
    assert path_pattern("/%73tatus/*") == "/status/*"
    assert path_pattern("/*") == "/*"
    for text in ("/a*", "/*/b", "/a/*/*", "*", "/a/../*", "/*x"):
        with pytest.raises(ValueError, match="path"):
            path_pattern(text)


def test_what_a_pattern_covers() -> None:
    for pattern, path, inside in (
        ("/status/*", "/status/tank", True),
        ("/status/*", "/status/", True),
        ("/status/*", "/status", False),
        ("/status/*", "/statusx/tank", False),
        ("/status/*", "/Status/tank", False),
        ("/status/*", "/status/a/*", True),
        ("/status/a/*", "/status/*", False),
        ("/set", "/set", True),
        ("/set", "/set/", False),
        ("/*", "/", True),
    ):
        assert covers(pattern, path) is inside, (pattern, path)
