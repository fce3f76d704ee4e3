"""What is asked of the watchdog from the plant's own machine, and in whose name. Loads no charter unless it must."""

from typing import Any

from broker.cli.answer import fail, local_name
from broker.clock import SystemClock
from broker.layout import Layout
from broker.watchdog.kill_switch import ask_watchdog
from domain.ids import ZoneId
from domain.plant import OperatingState


def ask(layout: Layout, command: dict[str, Any]) -> dict[str, Any]:
    """The watchdog's answer; exits where it said no."""
    answer: dict[str, Any] = dict(ask_watchdog(layout, command))
    if not answer.get("ok"):
        fail(str(answer.get("error", "The watchdog refused.")), str(answer.get("remedy", "")))
    return answer


def in_whose_name(layout: Layout, scope: str, act: str, lead: str | None) -> str:
    """Who is said to let go on ``scope`` by ``act`` (a word of ``policies.authority``); exit 77 where nobody may."""
    seen = ask(layout, {"do": "show"})["interlocks"]
    states = {ZoneId(zone): str(one) for zone, one in seen["states"].items()}
    if OperatingState.EMERGENCY not in states.values():
        return local_name()  # no charter is read, and none need be there
    from broker.cli import letting_go  # noqa: PLC0415 - a charter, for an emergency alone

    return letting_go.in_whose_name(layout, SystemClock(), scope, act, states, lead)
