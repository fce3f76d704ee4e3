"""A screen that an engine shows: VNC's messages, and fewer of them. What all filters promise is in test_filters.py."""

from broker.conduits.rdp.filter import PASSES, RdpFilter, listed
from broker.conduits.vnc.functions import FUNCTIONS
from domain.access import Action
from domain.limits import limits_of
from domain.output import Answer
from domain.plant import Limit
from tests.broker.conduits.vnc import samples as vnc

EVERYTHING = frozenset(Action)
RESIZE = b"\xfb\0\0\x40\0\x30\0\0"
POWER = b"\xfa\0\1\2"
COPIED = b"\6\0\0\0\0\0\0\4text"


def said(actions: frozenset[Action], limits: tuple[Limit, ...], *sent: bytes) -> list[tuple[str, str]]:
    """What is refused of ``sent``, behind the hand-shakes."""
    gate = RdpFilter(actions, limits)
    for inward, data in vnc.TALK_WITHOUT[: vnc.HANDSHAKE_WITHOUT]:
        list(gate.from_vendor(data) if inward else gate.from_asset(data))
    outputs = [one for data in sent for one in gate.from_vendor(data)]
    return [(one.code, one.sentence) for one in outputs if isinstance(one, Answer)]


def test_neither_size_nor_power_nor_clipboard_has_a_way_to_the_asset_whatever_the_permit() -> None:
    """D15: nothing but keys and clicks."""
    told = said(EVERYTHING, (), vnc.LOOK, vnc.KEY_A, vnc.CLICK, RESIZE, POWER, COPIED)
    assert [code for code, _ in told] == ["rdp_function_not_permitted"] * 2 + ["rdp_clipboard_not_permitted"]
    assert told[0][1] == "Over RDP this never passes: resize the screen."


def test_a_limit_is_said_in_its_own_word() -> None:
    """C11: ``rdp use pointer`` lets no key pass."""
    (told,) = said(EVERYTHING, tuple(limits_of(["rdp use pointer"])), vnc.CLICK, vnc.KEY_A)
    assert told == ("rdp_function_not_permitted", "No limit of the permit names this: rdp use keys.")


def test_the_list_of_what_passes_is_part_of_vnc_s() -> None:
    named = {name for _, name, _ in listed()}
    assert named == {one.name for one in PASSES} < {one.name for one in FUNCTIONS.values()}
