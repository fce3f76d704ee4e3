import pytest

from policies.issuers import LONGEST_SUBJECT, is_issuer, is_subject
from tests.for_each import for_each


@for_each(
    ("text", "fits"),
    [
        pytest.param("https://login.example", True, id="a host"),
        pytest.param("https://login.example:8443/realms/plant", True, id="a port and a path"),
        pytest.param("http://127.0.0.1:9400", True, id="this machine itself"),
        pytest.param("http://localhost", True, id="by its name"),
        pytest.param("http://login.example", False, id="in clear over a network"),
        pytest.param("http://127.0.0.1.example", False, id="not this machine"),
        pytest.param("https://login.example?tenant=1", False, id="a query"),
        pytest.param("https://login.example#x", False, id="a fragment"),
        pytest.param("https://me@login.example", False, id="a name to sign in with"),
        pytest.param("https://login.example\\@evil.example", False, id="a backslash"),
        pytest.param("https://login.example:99999", False, id="no port"),
        pytest.param("https://[::1", False, id="half an address"),
        pytest.param("https://l\u00f6gin.example", False, id="letters that look like others"),
        pytest.param("https:///x", False, id="no host"),
        pytest.param("login.example", False, id="no scheme"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_only_an_address_that_nothing_can_be_hidden_in_names_a_provider(text: str, fits: bool) -> None:
    assert is_issuer(text) is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        pytest.param("00u1ab", True, id="letters and digits"),
        pytest.param("x" * LONGEST_SUBJECT, True, id="the longest"),
        pytest.param("x" * (LONGEST_SUBJECT + 1), False, id="one more"),
        pytest.param("", False, id="nothing"),
        pytest.param("two\nlines", False, id="two lines"),
        pytest.param("\u0430na", False, id="a letter that looks like another"),
    ],
)
def test_a_subject_is_plain_and_short(text: str, fits: bool) -> None:
    assert is_subject(text) is fits
