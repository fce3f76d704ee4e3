import json
from dataclasses import dataclass, replace

import pytest

from broker.door.lobby.text import COLUMNS, HELP, greeting, permits, permits_json, way_in, wrapped
from domain.access import Grant
from domain.ids import AssetId, PersonId
from domain.permit import Permit, PermitState
from domain.proof import Approval
from tests.domain.samples import permit


@dataclass(frozen=True)
class Filed:
    permit: Permit
    state: PermitState
    approvals: tuple[Approval, ...] = ()


FILED = (Filed(permit(), PermitState.REQUESTED),)


def test_nothing_is_wider_than_eighty_columns() -> None:
    texts = [
        HELP,
        greeting("A" * 70, "Riverside " * 9, demonstration=True),
        permits(FILED, lambda _: "Europe/Amsterdam"),
        wrapped(["word " * 60]),
    ]
    assert max(len(line) for text in texts for line in text.splitlines()) <= COLUMNS


def test_permits_are_listed_with_their_state_and_local_time() -> None:
    listed = permits(FILED, lambda _: "Europe/Amsterdam")
    assert listed.startswith(f"{permit().id}  requested\n")
    assert " CET" in listed or " CEST" in listed


def test_a_permit_s_limits_are_listed_a_line_each() -> None:
    limits = frozenset(
        {
            "modbus read coils 0-9",
            f"modbus write holding registers {'4' * 5}-{'5' * 5} of unit 3 between 0 and 500",
        }
    )
    limited = Filed(replace(permit(), limits=limits), PermitState.APPROVED)
    listed = permits([limited], lambda _: "UTC")
    assert "    only modbus read coils 0-9\n" in listed
    assert max(map(len, listed.splitlines())) <= COLUMNS
    assert json.loads(permits_json([limited]))[0]["limits"] == sorted(limits)


def test_a_permit_that_lapses_says_when() -> None:
    """B13: the vendor is told the instant."""
    listed = permits(FILED, lambda _: "Europe/Amsterdam", lambda one: one.permit.window.end)
    assert listed.startswith(f"{permit().id}  requested, lapses 2026-03-02 13:00 CET\n")


@pytest.mark.parametrize(
    ("grants", "typed"),
    [
        pytest.param(["shell", "sftp"], "ssh ana+eng-ws-1@gate", id="programs"),
        pytest.param(["shell", "forward:502"], "ssh ana+eng-ws-1@gate", id="both"),
        pytest.param(["forward:4840"], "ssh -N -L 4840:eng-ws-1:4840 ana@gate", id="a port"),
        pytest.param(["forward:102"], "ssh -N -L 10102:eng-ws-1:102 ana@gate", id="a low port"),
        pytest.param(
            ["forward:502", "forward:4840"],
            "ssh -N -L 10502:eng-ws-1:502 -L 4840:eng-ws-1:4840 ana@gate",
            id="two ports",
        ),
        pytest.param(["forward"], "ssh ana+eng-ws-1@gate", id="a port that is not named"),
    ],
)
def test_an_approved_permit_says_what_to_type(grants: list[str], typed: str) -> None:
    granted = replace(
        permit(), person=PersonId("ana"), asset=AssetId("eng-ws-1"), grants=frozenset(map(Grant.of, grants))
    )
    assert way_in(Filed(granted, PermitState.APPROVED)) == typed


def test_nobody_s_permits_are_said_so() -> None:
    assert permits((), lambda _: "UTC").startswith("You have no permits.")


def test_machines_get_one_line_of_ascii_json() -> None:
    text = permits_json(FILED)
    assert text.isascii()
    assert text.count("\n") == 1
    (one,) = json.loads(text)
    assert (one["permit"], one["state"], one["asset"]) == (permit().id, "requested", permit().asset)


def test_a_hostile_name_stays_inert() -> None:
    assert "\x1b" not in greeting("\x1b]0;x\x07", "Riverside", demonstration=False)
