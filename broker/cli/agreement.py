"""A holder's word, at the plant's own machine, that something suspended may come back over one boundary."""

import asyncio

from broker.cli.answer import fail
from broker.control import GateClient
from broker.layout import Layout
from broker.watchdog.kill_switch import ask_watchdog
from broker.watchdog.suspensions import agreement_purpose
from domain.canonical import Json
from domain.ids import PersonId


def agree(layout: Layout, scope: str, holder: PersonId, boundary: str, code: str) -> dict[str, Json]:
    """Have ``holder``'s code spent on exactly this, and the watchdog told. The last agreement restores."""
    purpose = agreement_purpose(scope, boundary)
    step = asyncio.run(GateClient(layout.gate_socket).check(holder, code, purpose))
    if step is None:
        fail("This one-time code is wrong, or was used already.", "Wait for the next one.")
    said = ask_watchdog(
        layout, {"do": "agree", "scope": scope, "boundary": boundary, "by": holder, "step": step}
    )
    if not said.get("ok"):
        fail(str(said.get("error", "The watchdog refused.")), str(said.get("remedy", "")))
    held = ask_watchdog(layout, {"do": "show"})["interlocks"]
    isolated = held.get("isolated") if isinstance(held, dict) else None
    still = isinstance(isolated, list) and scope in isolated
    told = f"{scope} stays shut until the others have agreed." if still else f"{scope} is released."
    return {"scope": scope, "boundary": boundary, "by": holder, "released": not still, "told": told}
