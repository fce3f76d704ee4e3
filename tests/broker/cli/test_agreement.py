"""A holder's word on the command line: a code that is wrong agrees to nothing."""

from typing import Any

import pytest

import broker.cli.agreement as subject
from broker.cli.agreement import agree
from domain.ids import PersonId
from tests.node import Node


@pytest.mark.asyncio(loop_scope="session")
async def test_a_wrong_code_agrees_to_nothing(plant: Node) -> None:
    """I12."""
    import asyncio  # noqa: PLC0415 - the command runs a loop of its own, so it gets a thread

    with pytest.raises(SystemExit):
        await asyncio.to_thread(
            agree, plant.layout, "vendor:kestrel", PersonId("petra"), "riverside", "000000"
        )


def test_what_is_told_says_whether_others_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gate:
        def __init__(self, _path: object) -> None: ...

        async def check(self, _person: PersonId, _code: str, purpose: str) -> int:
            assert purpose == "restore:vendor:kestrel:riverside"
            return 7

    class Nowhere:
        gate_socket = None

    def ask(_layout: object, command: dict[str, Any]) -> dict[str, Any]:
        if command["do"] == "show":
            return {"interlocks": {"isolated": ["vendor:kestrel"]}}
        assert command["step"] == 7
        return {"ok": True}

    monkeypatch.setattr(subject, "GateClient", Gate)
    monkeypatch.setattr(subject, "ask_watchdog", ask)
    told = agree(Nowhere(), "vendor:kestrel", PersonId("petra"), "riverside", "123456")  # type: ignore[arg-type]
    assert (told["released"], told["told"]) == (
        False,
        "vendor:kestrel stays shut until the others have agreed.",
    )
