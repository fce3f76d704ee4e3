"""A proposal is bytes that can be signed once; an application is kept in exactly one form."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.canonical import canonical
from domain.errors import PenstockError
from domain.ids import PersonId
from policies.charter.application import Application, Proposal, Signature

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
PROPOSAL = Proposal(
    "plant.example/ot-access/1", 2, b"n" * 32, b"o" * 32, "A longer window for the drives", AT
)
APPLICATION = Application(
    PROPOSAL, AT, "local:root", "00" * 32, (Signature(PersonId("petra"), "sshsig", {"signature": "…"}),)
)


def test_both_read_back_from_their_bytes() -> None:
    assert Proposal.of(PROPOSAL.canonical()) == PROPOSAL
    assert Application.of(APPLICATION.canonical()) == APPLICATION


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"node": "other.example/ot-access/1"}, id="another node"),
        pytest.param({"version": 3}, id="another step"),
        pytest.param({"charter": b"x" * 32}, id="another charter"),
        pytest.param({"previous": b"x" * 32}, id="another predecessor"),
        pytest.param({"reason": "Another"}, id="another reason"),
    ],
)
def test_whatever_differs_is_another_thing_to_sign(changes: dict[str, object]) -> None:
    assert replace(PROPOSAL, **changes).digest() != PROPOSAL.digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0},
        {"version": 1},
        {"previous": b""},
        {"charter": b""},
        {"reason": " "},
        {"reason": "two\nlines"},
        {"reason": "x" * 501},
    ],
    ids=str,
)
def test_what_can_t_be_a_proposal_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"proposal|reason"):
        replace(PROPOSAL, **changes)


def test_the_first_version_replaces_nothing() -> None:
    first = replace(PROPOSAL, version=1, previous=b"")
    assert Proposal.of(first.canonical()) == first


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"schema":"penstock-permit/1"}', PROPOSAL.canonical()[:-1]]
)
def test_other_bytes_are_neither(data: bytes) -> None:
    for kind in (Proposal, Application):
        with pytest.raises(PenstockError):
            kind.of(data)


def test_nothing_may_stand_beside_what_is_signed() -> None:
    document = dict(PROPOSAL.document())
    with pytest.raises(PenstockError):
        Proposal.of(canonical({**document, "more": 1}))
    with pytest.raises(PenstockError):
        Application.of(canonical({**dict(APPLICATION.document()), "more": 1}))


def test_what_it_would_change_is_part_of_what_is_signed() -> None:
    """S-46: named by its digest; a proposal that names none keeps the form that it always had."""
    weighed = replace(PROPOSAL, impact=b"i" * 32)
    assert Proposal.of(weighed.canonical()) == weighed
    assert weighed.digest() != PROPOSAL.digest()
    assert b"impact" not in PROPOSAL.canonical()
    with pytest.raises(ValueError, match="named by its digest"):
        replace(PROPOSAL, impact=b"short")
