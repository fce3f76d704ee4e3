"""What a certificate may say, and which ones count. Real ones are in tests/peers/test_certificates.py."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broker.door.certificates import (
    ELSEWHERE,
    IN_BROWSER,
    LONGEST,
    NOT_A_PERSONS,
    OTHER_AUTHORITY,
    OTHER_PERMIT,
    OVER,
    TOO_EARLY,
    UNREADABLE,
    Certified,
    Shown,
    Way,
    believed,
    drawn_up,
    plain_address,
)
from broker.door.words import Refusal
from domain.window import TimeWindow
from tests.clock import STARTS
from tests.domain.samples import permit as a_permit
from tests.for_each import for_each

AUTHORITY, HERE = "SHA256:authority", "192.0.2.9"
SECOND = timedelta(seconds=1)
PERMIT = a_permit(window=TimeWindow(STARTS - timedelta(hours=1), STARTS + timedelta(hours=2)))
TERMS = drawn_up(PERMIT, Way.OWN_KEY, "code", HERE, STARTS)
SHOWN = Shown(
    persons=True,
    authority=AUTHORITY,
    serial=7,
    key_id=TERMS.key_id,
    principals=(TERMS.principal,),
    begins_s=int(TERMS.begins.timestamp()),
    ends_s=int(TERMS.ends.timestamp()),
    options=frozenset({"permit-pty", "permit-port-forwarding", "source-address"}),
    sources=("192.0.2.9/32",),
    key="SHA256:key",
)


def test_it_lasts_until_the_window_ends_and_no_longer_than_its_way_may() -> None:
    assert (TERMS.begins, TERMS.ends) == (STARTS, STARTS + timedelta(hours=2))
    assert drawn_up(PERMIT, Way.BROWSER, "passkey", HERE, STARTS).ends == STARTS + IN_BROWSER
    long = replace(PERMIT, window=TimeWindow(STARTS, STARTS + timedelta(hours=12)))
    assert drawn_up(long, Way.OWN_KEY, "code", HERE, STARTS).ends == STARTS + LONGEST
    later = drawn_up(long, Way.OWN_KEY, "code", HERE, STARTS - timedelta(hours=1))
    assert (later.begins, later.ends) == (STARTS, STARTS + LONGEST)


def test_none_is_drawn_up_for_a_window_that_is_over() -> None:
    with pytest.raises(ValueError, match="over"):
        drawn_up(PERMIT, Way.OWN_KEY, "code", HERE, PERMIT.window.end)


def test_what_was_drawn_up_is_believed_from_its_first_instant_to_its_last() -> None:
    for at in (TERMS.begins, TERMS.ends - SECOND):
        assert believed(SHOWN, AUTHORITY, TERMS.principal, HERE, at) == Certified(TERMS, 7, "SHA256:key")
    assert believed(SHOWN, AUTHORITY, TERMS.principal, HERE, TERMS.begins - SECOND) == TOO_EARLY
    assert believed(SHOWN, AUTHORITY, TERMS.principal, HERE, TERMS.ends) == OVER


@for_each(
    ("changes", "refusal"),
    [
        ({"authority": "SHA256:another"}, OTHER_AUTHORITY),
        ({"authority": ""}, OTHER_AUTHORITY),
        ({"persons": False}, NOT_A_PERSONS),
        ({"principals": ()}, UNREADABLE),  # OpenSSH's "any principal" in a host's place
        ({"principals": (TERMS.principal, "ana")}, UNREADABLE),
        ({"principals": ("ana",)}, UNREADABLE),
        ({"principals": (TERMS.principal.upper(),)}, UNREADABLE),
        ({"key_id": ""}, UNREADABLE),
        ({"key_id": f"{TERMS.key_id} more"}, UNREADABLE),
        ({"key_id": TERMS.key_id.replace("own-key", "any-key")}, UNREADABLE),
        ({"key_id": TERMS.key_id.replace(" code ", " nothing ")}, UNREADABLE),
        ({"key_id": TERMS.key_id.replace(PERMIT.id, "b" * 26)}, UNREADABLE),
        ({"options": frozenset({"force-command"})}, UNREADABLE),
        ({"options": frozenset({"permit-agent-forwarding"})}, UNREADABLE),
        ({"sources": ()}, UNREADABLE),
        ({"sources": ("192.0.2.10/32",)}, ELSEWHERE),
        ({"sources": ("nowhere",)}, ELSEWHERE),
        ({"begins_s": 0, "ends_s": 0}, OVER),
        ({"ends_s": 2**64 - 1}, UNREADABLE),  # for ever
        ({"begins_s": 2**63}, UNREADABLE),
    ],
)
def test_what_is_not_just_so_counts_for_nothing(changes: dict[str, Any], refusal: Refusal) -> None:
    shown = replace(SHOWN, **changes)
    assert believed(shown, AUTHORITY, TERMS.principal, HERE, STARTS) == refusal


@for_each("name", ["ana", f"permit-{'b' * 26}", "", TERMS.principal.upper()])
def test_it_is_good_for_its_one_user_name(name: str) -> None:
    assert believed(SHOWN, AUTHORITY, name, HERE, STARTS) == OTHER_PERMIT


def test_an_ipv4_address_that_came_over_ipv6_is_itself() -> None:
    assert str(plain_address("::ffff:192.0.2.9")) == HERE
    found = believed(SHOWN, AUTHORITY, TERMS.principal, "::ffff:192.0.2.9", STARTS)
    assert isinstance(found, Certified)
    assert believed(SHOWN, AUTHORITY, TERMS.principal, "local", STARTS) == ELSEWHERE
