import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.access import ConnectionMethod, Grant, PassageKind
from domain.errors import PenstockError
from domain.ids import AssetId, PermitId
from domain.permit import LONGEST_TEXT, Permit
from domain.window import TimeWindow
from tests.domain.samples import CLOSES, OPENS, permit
from tests.for_each import for_each

BYTES = permit(narrows=PermitId("b" * 26)).canonical()


def test_a_permit_is_read_back_from_its_own_bytes() -> None:
    assert Permit.of(BYTES) == permit(narrows=PermitId("b" * 26))
    assert Permit.of(permit().canonical()) == permit()


def test_the_signed_bytes_are_rfc_8785_and_the_digest_is_their_sha_256() -> None:
    assert permit().canonical() == rfc8785.dumps(json.loads(permit().canonical()))
    assert permit().digest() == hashlib.sha256(permit().canonical()).digest()


def test_the_bytes_of_a_permit_are_the_same_whatever_the_order_of_its_sets() -> None:
    one = frozenset([Grant(PassageKind.SHELL), Grant(PassageKind.SFTP)])
    other = frozenset([Grant(PassageKind.SFTP), Grant(PassageKind.SHELL)])
    assert permit(grants=one).canonical() == permit(grants=other).canonical()


@for_each("at", range(len(BYTES)))
def test_a_changed_byte_fails_or_gives_another_digest(at: int) -> None:
    for flip in (0x01, 0x02, 0x08, 0x20, 0x80):
        changed = BYTES[:at] + bytes([BYTES[at] ^ flip]) + BYTES[at + 1 :]
        try:
            other = Permit.of(changed)
        except PenstockError:
            continue
        assert other.canonical() == changed
        assert other.digest() != hashlib.sha256(BYTES).digest()


@given(st.integers(0, len(BYTES)), st.binary(min_size=1, max_size=4))
def test_an_inserted_byte_fails_or_gives_another_digest(at: int, extra: bytes) -> None:
    changed = BYTES[:at] + extra + BYTES[at:]
    try:
        other = Permit.of(changed)
    except PenstockError:
        return
    assert other.digest() == hashlib.sha256(changed).digest()


@for_each("at", range(0, len(BYTES), 7))
def test_a_cut_off_permit_fails(at: int) -> None:
    with pytest.raises(PenstockError):
        Permit.of(BYTES[:at])


def document(**changed: Any) -> bytes:
    return rfc8785.dumps(json.loads(BYTES) | changed)


@for_each(
    "changed",
    [
        pytest.param({"more": 1}, id="a field too many"),
        pytest.param({"schema": "penstock-permit/2"}, id="another schema"),
        pytest.param({"window": []}, id="a window that is a list"),
        pytest.param({"window": {"start": 1, "end": 2, "zone": "UTC"}}, id="instants as numbers"),
        pytest.param({"grants": "shell"}, id="text for a list"),
        pytest.param({"grants": ["shell", "forward:502"]}, id="a list in another order"),
        pytest.param({"grants": ["forward:502", "shell", "shell"]}, id="a grant twice"),
        pytest.param({"grants": ["agent"]}, id="a grant that no charter may give"),
        pytest.param({"grants": [1]}, id="a number for a grant"),
        pytest.param({"actions": ["destroy"]}, id="an unknown action"),
        pytest.param({"states": []}, id="no operating state"),
        pytest.param({"purpose": None}, id="no purpose"),
        pytest.param({"charter": "zz"}, id="a digest that is no hex"),
        pytest.param({"charter": "AB" * 32}, id="a digest in capitals"),
        pytest.param({"narrows": 7}, id="a number for a permit"),
    ],
)
def test_a_document_that_is_no_permit_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(PenstockError, match=r"not a permit|more than a permit"):
        Permit.of(document(**changed))


def test_a_missing_field_is_refused() -> None:
    whole = json.loads(BYTES)
    for name in whole:
        with pytest.raises(PenstockError, match="not a permit"):
            Permit.of(rfc8785.dumps({key: value for key, value in whole.items() if key != name}))


@pytest.mark.parametrize("data", [b"[]", b"null", b'"permit"', b"{}"])
def test_json_that_is_no_object_with_fields_is_refused(data: bytes) -> None:
    with pytest.raises(PenstockError, match="not a permit"):
        Permit.of(data)


@for_each(
    ("changed", "complaint"),
    [
        pytest.param({"asset": AssetId("Eng WS")}, "charter ids", id="a name that no charter may give"),
        pytest.param({"id": PermitId("short")}, "26 characters", id="too short an id"),
        pytest.param({"narrows": PermitId("A" * 26)}, "26 characters", id="a bad id to narrow"),
        pytest.param({"grants": frozenset()}, "permits nothing", id="no passage"),
        pytest.param({"actions": frozenset()}, "permits nothing", id="no action"),
        pytest.param({"states": frozenset()}, "permits nothing", id="no state"),
        pytest.param(
            {"window": TimeWindow(OPENS + timedelta(microseconds=1), CLOSES)},
            "whole seconds",
            id="a start between seconds",
        ),
        pytest.param(
            {"window": TimeWindow(OPENS, CLOSES + timedelta(milliseconds=1))},
            "whole seconds",
            id="an end between seconds",
        ),
        pytest.param({"charter_digest": bytes(31)}, "32 bytes", id="a short charter digest"),
        pytest.param({"nonce": bytes(15)}, "its nonce 16", id="a short nonce"),
        pytest.param({"purpose": "x" * (LONGEST_TEXT + 1)}, "characters at most", id="too long a purpose"),
        pytest.param({"work_order": "a\nb"}, "one printable line", id="two lines"),
        pytest.param({"purpose": "a\x1b[2Jb"}, "one printable line", id="a terminal sequence"),
        pytest.param(
            {"purpose": "safe \u202e drowssap"}, "one printable line", id="text that runs backwards"
        ),
        pytest.param({"purpose": "  "}, "states its purpose", id="a purpose of spaces"),
    ],
)
def test_a_field_that_cannot_be_what_it_says_is_refused(changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        permit(**changed)


def test_two_like_wishes_are_two_permits() -> None:
    assert replace(permit(), nonce=b"1" * 16).digest() != permit().digest()


def test_limits_are_in_what_is_signed_and_a_permit_without_has_the_bytes_it_always_had() -> None:
    limits = frozenset({"modbus read coils 5", "modbus read coils 0-4"})
    limited = permit(limits=limits)
    assert Permit.of(limited.canonical()) == limited
    assert b'"limits":["modbus read coils 0-4","modbus read coils 5"]' in limited.canonical()
    assert b"limits" not in permit().canonical()
    assert limited.digest() != permit().digest()
    document = dict(json.loads(limited.canonical()))
    for spoilt in ([], ["b", "a"], ["a", "a"], "a", [1]):
        with pytest.raises(PenstockError):
            Permit.of(rfc8785.dumps({**document, "limits": spoilt}))
    for bad in (
        frozenset({""}),
        frozenset({"two\nlines"}),
        frozenset({"ü"}),
        frozenset({"x" * 301}),
        frozenset(map(str, range(65))),
    ):
        with pytest.raises(ValueError, match="limits are at most"):
            permit(limits=bad)


def test_a_permit_for_the_browser_names_no_key_and_one_for_ssh_does() -> None:
    browser = permit(method=ConnectionMethod.BROWSER, keys=frozenset())
    assert Permit.of(browser.canonical()) == browser
    with pytest.raises(ValueError, match="names no SSH key"):
        permit(method=ConnectionMethod.BROWSER)
    with pytest.raises(ValueError, match="used by nobody"):
        permit(keys=frozenset())
