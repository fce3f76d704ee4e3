"""The charter of a running node, changed as the plant changes it: signed, applied, and taken up by the gate."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from tests.node import HOLDER, Node, until
from tests.node_clients import PATIENCE_S
from tests.programs import program


def founder(plant: Node) -> Path:
    """The key that founded the plant; it is the holder's."""
    return plant.scratch / "people" / "founder"


async def signing_key(plant: Node, person: str) -> Path:
    """A new key, with which ``person`` may sign charters from now on."""
    path = plant.scratch / f"signing-{person}"
    made = await asyncio.create_subprocess_exec(
        program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", path
    )
    assert await made.wait() == 0
    # Whoever holds `identity` decides, and Olga's own key is for her deputy to decide.
    decider = "olga" if person != "olga" else "petra"
    words = ["people", "signing-key", person, f"{path}.pub", "--as", decider]
    await plant.here(*words, given=f"{plant.code(decider)}\n")
    return path


async def apply(plant: Node, reason: str, signers: Mapping[str, Path] | None = None) -> str:
    """Have the plant's own files signed, by its founder unless told, and put in force; the new digest."""
    keys = signers or {HOLDER: founder(plant)}
    signed = [word for person, key in keys.items() for word in ("--sign", f"{person}={key}")]
    before = len(plant.events("CharterLoaded"))
    done = await plant.here("charter", "apply", "--reason", reason, *signed)
    assert done["applied"] is True, done
    digest = str(done["digest"])
    await until(lambda: len(plant.events("CharterLoaded")) > before, "the gate's taking it up")
    page = await plant.holder()
    async with asyncio.timeout(PATIENCE_S):
        while digest[:16] not in (await page.get("/charter")).text:
            await asyncio.sleep(0.05)  # the console takes it up by itself
    return digest
