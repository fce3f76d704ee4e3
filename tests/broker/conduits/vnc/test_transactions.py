import struct

from broker.conduits.far_end import FarEnd
from broker.conduits.transaction import Transaction
from broker.conduits.vnc.filter import VncFilter
from broker.conduits.vnc.transactions import VncReader
from domain.access import Action
from domain.limits import limits_of
from domain.output import ToAsset, ToVendor
from tests.broker.conduits.vnc.samples import KEY_A, LOOK, TALK
from tests.broker.conduits.vnc.test_viewer import POWER, QEMU_A, RESIZE, RETURN, TEXT

LIMITS = (
    "keys", "pointer", "power", "resize the screen", "clipboard to the plant", "clipboard from the plant",
)  # fmt: skip


def told(*talk: tuple[int, bool, bytes]) -> tuple[list[Transaction], VncReader]:
    """What is read of what crossed, when the gate had let everything pass; instants in seconds."""
    gate = VncFilter(
        frozenset(Action), tuple(limits_of(f"vnc use {one}" for one in LIMITS)), FarEnd(password="a password")
    )
    reader = VncReader()
    found: list[Transaction] = []
    for at_s, inward, data in [*((0, *one) for one in TALK[:8]), *talk]:
        for one in gate.from_vendor(data) if inward else gate.from_asset(data):
            match one:
                case ToAsset(crossed, recorded):
                    found += reader.sent(crossed if recorded is None else recorded, at_s * 1_000_000)
                case ToVendor(crossed):
                    found += reader.answered(crossed, at_s * 1_000_000)
    return [*found, *reader.finish()], reader


def test_keys_and_clicks_are_counted_in_bursts_and_the_rest_is_told_one_by_one() -> None:
    click = b"".join(struct.pack(">BBHH", 5, buttons, 1, 1) for buttons in (0, 1, 1, 0, 4, 0))
    rows, reader = told(
        (1, True, KEY_A * 3 + RETURN + RETURN),
        (4, True, QEMU_A + click + LOOK),
        (20, True, KEY_A),
        (21, True, TEXT + POWER + RESIZE),
        (22, False, b"\3\0\0\0\0\0\0\6secret"),
    )
    assert not reader.broken
    rows.sort(key=lambda one: one.at_us)
    assert [(one.at_us // 1_000_000, one.action, one.sentence) for one in rows] == [
        (0, Action.VIEW, "the screen of panel, 64 by 48"),
        (1, Action.OPERATE, "6 keys pressed, among them Return"),
        (4, Action.OPERATE, "2 clicks"),
        (20, Action.OPERATE, "1 key pressed"),
        (21, Action.OPERATE, "clipboard to the plant: 4 bytes"),
        (21, Action.OVERRIDE, "power: shut down"),
        (21, Action.CONFIGURE, "resize the screen to 64 by 48"),
        (22, Action.VIEW, "clipboard from the plant: 6 bytes"),
    ]
    assert [one.writes for one in rows] == [False] + [True] * 7
    assert "secret" not in repr(rows)


def test_drawing_is_read_and_nothing_of_it_told() -> None:
    rows, reader = told(*((1, *one) for one in TALK[8:12]))
    assert not reader.broken
    assert [one.function for one in rows] == ["screen", "keys", "pointer"]


def test_the_gate_s_own_refusal_to_a_viewer_is_no_fault_of_the_recording() -> None:
    gate, reader = VncFilter(frozenset({Action.VIEW})), VncReader()
    rows: list[Transaction] = []
    for inward, data in ((False, b"RFB 003.008\n"), (True, b"RFB 003.008\n"), (False, b"\1\2")):
        for one in gate.from_vendor(data) if inward else gate.from_asset(data):
            match one:
                case ToAsset(crossed, recorded):
                    rows += reader.sent(crossed if recorded is None else recorded, 0)
                case ToVendor(crossed):
                    rows += reader.answered(crossed, 0)
    assert (rows, reader.broken) == ([], False)


def test_a_message_of_qemu_s_that_never_crossed_is_no_recording() -> None:
    """Ten million pieces found it: one byte of a key's message turned, and it is another message of two bytes."""
    _, reader = told()
    list(reader.sent(b"\xff\x01" + QEMU_A[2:], 0))
    assert reader.broken
