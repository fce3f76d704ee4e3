"""What people add to the evidence, on the command line of a node that runs."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.broker.cli.test_assurance_commands import run
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_node_looks_at_itself_when_asked(plant: Node) -> None:
    status, said, _ = run(plant, "look", "--json")
    found = {one["kind"]: one for one in json.loads(said)}
    assert set(found) == {"EV-CFG", "EV-CLK", "EV-AUD"}
    assert (status == 0) == all(one["sound"] for one in found.values())
    _, said, _ = run(plant, "show", "--control", "BC-36", "--json")
    assert json.loads(said)["controls"][0]["state"] == "satisfied"


async def test_a_finding_is_raised_listed_and_closed(plant: Node) -> None:
    """S-20, J16: one register and one owner, by rule, from the command line too."""
    status, said, _ = run(plant, "raise", "eng-ws-1", "--sentence", "runs an unsupported firmware", "--json")
    finding = json.loads(said)
    assert (status, finding["register"]) == (0, "riverside/ot")
    status, said, _ = run(plant, "findings")
    assert (status, finding["finding"] in said) == (1, True)
    assert run(plant, "close", finding["finding"], "--reason", "replaced")[0] == 0
    assert run(plant, "findings")[0] == 0
    assert run(plant, "close", finding["finding"], "--reason", "again")[0] == 1


async def test_an_equivalence_is_decided_for_a_while(plant: Node) -> None:
    """S-18: owner, date and end."""
    soon, far = (f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT00:00:00Z}" for days in (30, 400))
    zones = (
        "--from-zone",
        "operations",
        "--to-zone",
        "pumping",
        "--owner",
        "olga",
        "--reason",
        "one drawing",
    )
    status, said, _ = run(plant, "accept", "drawings", "--kind", "EV-ZCM", *zones, "--until", soon, "--json")
    assert (status, json.loads(said)["to_zone"]) == (0, "pumping")
    assert run(plant, "accept", "d", "--kind", "EV-ZCM", *zones, "--until", far)[0] == 1
