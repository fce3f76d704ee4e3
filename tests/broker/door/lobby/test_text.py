import json
from dataclasses import dataclass

from broker.door.lobby.text import COLUMNS, HELP, greeting, permits, permits_json, wrapped
from domain.permit import Permit, PermitState
from tests.domain.samples import permit


@dataclass(frozen=True)
class Filed:
    permit: Permit
    state: PermitState


FILED = (Filed(permit(), PermitState.REQUESTED),)


def test_nothing_is_wider_than_eighty_columns() -> None:
    texts = [
        HELP,
        greeting("A" * 70, "Riverside " * 9, demonstration=True),
        permits(FILED, "Europe/Amsterdam"),
        wrapped(["word " * 60]),
    ]
    assert max(len(line) for text in texts for line in text.splitlines()) <= COLUMNS


def test_permits_are_listed_with_their_state_and_local_time() -> None:
    listed = permits(FILED, "Europe/Amsterdam")
    assert listed.startswith(f"{permit().id}  requested\n")
    assert " CET" in listed or " CEST" in listed


def test_nobody_s_permits_are_said_so() -> None:
    assert permits((), "UTC").startswith("You have no permits.")


def test_machines_get_one_line_of_ascii_json() -> None:
    text = permits_json(FILED)
    assert text.isascii()
    assert text.count("\n") == 1
    (one,) = json.loads(text)
    assert (one["permit"], one["state"], one["asset"]) == (permit().id, "requested", permit().asset)


def test_a_hostile_name_stays_inert() -> None:
    assert "\x1b" not in greeting("\x1b]0;x\x07", "Riverside", demonstration=False)
