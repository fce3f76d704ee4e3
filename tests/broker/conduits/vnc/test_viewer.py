import struct

import pytest

from broker.conduits.far_end import FarEnd
from broker.conduits.vnc.filter import VncFilter
from broker.conduits.vnc.viewer import MOST_TOLD
from domain.access import Action
from domain.limits import limits_of
from domain.output import Answer, Cut, Output, ToAsset, Withhold
from tests.broker.conduits.vnc.samples import CLICK, KEY_A, LOOK, TALK, encodings

RETURN = struct.pack(">BBxxI", 4, 1, 0xFF0D)
TEXT = struct.pack(">BxxxI", 6, 4) + b"text"
RESIZE = struct.pack(">BxHHBx", 251, 64, 48, 1) + bytes(16)
POWER = b"\xfa\0\1\2"
QEMU_A, QEMU_RETURN = (struct.pack(">BBHII", 255, 0, 1, symbol, 30) for symbol in (0x61, 0xFF0D))


def sent(actions: set[Action], *data: bytes, limits: tuple[str, ...] = ()) -> list[Output]:
    """What comes of a viewer's messages by a permit for ``actions``, once it is in."""
    gate = VncFilter(frozenset(actions), tuple(limits_of(limits)), FarEnd(password="a password"))
    for inward, said in TALK[:8]:
        tuple(gate.from_vendor(said) if inward else gate.from_asset(said))
    return [one for said in data for one in gate.from_vendor(said)]


@pytest.mark.parametrize(
    ("message", "takes"),
    [
        pytest.param(LOOK, Action.VIEW, id="look"),
        pytest.param(encodings(16, 0), Action.VIEW, id="encodings"),
        pytest.param(struct.pack(">BBHHHH", 150, 1, 0, 0, 9, 9), Action.VIEW, id="continuous updates"),
        pytest.param(b"\xf8" + bytes(7) + b"\1x", Action.VIEW, id="fence"),
        pytest.param(RETURN, Action.OPERATE, id="a key"),
        pytest.param(QEMU_RETURN, Action.OPERATE, id="a key as QEMU has it"),
        pytest.param(CLICK, Action.OPERATE, id="a click"),
        pytest.param(RESIZE, Action.CONFIGURE, id="resize the screen"),
        pytest.param(POWER, Action.OVERRIDE, id="power"),
    ],
)
def test_a_message_passes_with_its_action_and_with_no_other(message: bytes, takes: Action) -> None:
    """C11, D13"""
    for action in Action:
        outputs = sent({action}, message)
        if action is takes or takes is Action.VIEW:
            assert outputs == [ToAsset(message)], action
        else:
            (told,) = outputs
            assert isinstance(told, Answer)
            assert (told.code, told.data) == ("vnc_function_not_permitted", b"")
            assert f"which is to {takes}" in told.sentence


def test_what_is_left_out_is_told_once_in_the_ledger_and_each_time_in_the_recording() -> None:
    first, *others, looked = sent({Action.VIEW}, KEY_A * 3 + LOOK)
    assert isinstance(first, Answer)
    assert others == [Withhold("vnc_function_not_permitted", 8)] * 2
    assert looked == ToAsset(LOOK)


def test_a_flood_of_it_makes_no_flood_of_marks() -> None:
    outputs = sent({Action.VIEW}, CLICK * 3 * MOST_TOLD)
    assert len(outputs) == MOST_TOLD + 2
    assert outputs[-1] == Withhold("vnc_function_not_permitted", 6 * MOST_TOLD)


def test_a_key_that_may_write_a_secret_reaches_the_asset_and_not_the_recording() -> None:
    assert sent({Action.OPERATE}, KEY_A) == [ToAsset(KEY_A, bytes.fromhex("0401000000ffffff"))]
    assert sent({Action.OPERATE}, QEMU_A) == [ToAsset(QEMU_A, bytes.fromhex("ff00000100ffffff00000000"))]


def test_what_was_copied_passes_only_where_a_limit_names_it() -> None:
    """D15"""
    (told,) = sent(set(Action), TEXT)
    assert isinstance(told, Answer)
    assert told.code == "vnc_clipboard_not_permitted"
    named = ("vnc use clipboard to the plant",)
    assert sent({Action.OPERATE}, TEXT, limits=named) == [ToAsset(TEXT)]
    assert [type(one) for one in sent({Action.VIEW}, TEXT, limits=named)] == [Answer]


def test_once_a_limit_is_named_nothing_else_passes_but_looking() -> None:
    passed = sent({Action.OPERATE}, CLICK, KEY_A, LOOK, limits=("vnc use pointer",))
    assert [type(one) for one in passed] == [ToAsset, Answer, ToAsset]
    assert passed[1].sentence == "No limit of the permit names this: vnc use keys."


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (b"\7", "UltraVNC's file transfer"),
        (b"\xfc", "TightVNC's file transfer"),
        (b"\x84", "TightVNC's file transfer"),
        (b"\x0b", "UltraVNC's chat"),
        (b"\xff\1\0\0", "QEMU message 1"),
        (b"\1", "message 1"),
    ],
)
def test_files_and_what_has_no_known_length_end_the_connection_whatever_is_permitted(
    message: bytes, name: str
) -> None:
    """D15"""
    (cut,) = sent(set(Action), message)
    assert cut == Cut(
        "vnc_message_unknown", f"The connection ended at a VNC viewer's {name}, which never passes."
    )


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(struct.pack(">BxH", 2, 513), id="513 encodings"),
        pytest.param(struct.pack(">BxxxI", 6, 2**20 + 1), id="more than a megabyte"),
        pytest.param(struct.pack(">BxxxI", 6, 2**32 - 8), id="the extended clipboard"),
        pytest.param(b"\xf8" + bytes(7) + b"\x41", id="a fence of 65 bytes"),
        pytest.param(b"\0\0\0\0" + bytes(16), id="pixels of no bits"),
    ],
)
def test_a_length_that_there_is_not_ends_the_connection(message: bytes) -> None:
    (cut,) = sent(set(Action), message)
    assert isinstance(cut, Cut)
    assert cut.code == "vnc_malformed"
