from collections.abc import Iterator

from broker.conduits.vnc.filter import VncFilter
from broker.conduits.vnc.recorded import BROKEN, HEAD, PIXELS, SERVER, pieces, screens
from domain.access import Action
from domain.output import ToAsset, ToVendor
from domain.plant import Protocol
from recorder.format.frame import Frame, Kind
from recorder.format.payloads import mark
from tests.broker.conduits.samples import SAMPLES
from tests.broker.conduits.vnc.samples import FORMAT, INIT, TALK


def frames(*talk: tuple[bool, bytes], channel: int = 4) -> Iterator[Frame]:
    """What is recorded of ``talk`` when the gate lets everything pass that it may."""
    end = SAMPLES[Protocol.VNC].end
    assert end is not None
    gate = VncFilter(frozenset(Action), (), end)
    yield Frame(Kind.MARK, channel, 5, mark("filter", protocol="vnc", actions=["view"]))
    for at, (inward, data) in enumerate(talk):
        for one in gate.from_vendor(data) if inward else gate.from_asset(data):
            match one:
                case ToAsset(crossed, recorded):
                    kept = crossed if recorded is None else recorded
                    yield Frame(Kind.TO_ASSET, channel, 1_000_000 + at * 500_000, kept)
                case ToVendor(crossed):
                    yield Frame(Kind.TO_VENDOR, channel, 1_000_000 + at * 500_000, crossed)


def read(sent: Iterator[bytes]) -> list[tuple[int, int, bytes]]:
    found = []
    for piece in sent:
        at_ms, what, length = HEAD.unpack(piece[: HEAD.size])
        assert length == len(piece) - HEAD.size
        found.append((at_ms, what, piece[HEAD.size :]))
    return found


def test_a_screen_is_shown_from_the_server_s_first_word_about_it_and_the_clipboard_is_not() -> None:
    """G03: the same bytes, at the same times, without the hand-shakes."""
    found = read(pieces(frames(*TALK[:13]), 4))
    said = b"".join(data for inward, data in TALK[10:12] if not inward)
    assert b"".join(one for _at, what, one in found if what == SERVER) == INIT + said + b"\2"
    assert [one for _at, what, one in found if what == PIXELS] == [FORMAT, FORMAT]
    assert found[0] == (3500, SERVER, INIT)
    assert found[-1][0] == 6000


def test_what_can_t_be_read_ends_what_is_shown() -> None:
    for broken in ((True, b"\1"), (False, b"\xee")):
        inward, data = broken
        kind = Kind.TO_ASSET if inward else Kind.TO_VENDOR
        ended = Frame(kind, 4, 9_000_000, data)
        found = read(pieces(iter([*frames(*TALK[:8]), ended, ended]), 4))
        assert [what for _at, what, _shown in found].count(BROKEN) == 1
        assert found[-1][1] == BROKEN


def test_a_viewer_that_was_not_let_in_was_shown_nothing() -> None:
    refused = (TALK[0], TALK[1], (False, b"\1\x13"))
    assert [what for _at, what, _shown in read(pieces(frames(*refused), 4))] == [BROKEN]


def test_the_channels_with_a_screen_are_known_by_what_the_gate_held_them_to() -> None:
    other = Frame(Kind.MARK, 5, 0, mark("filter", protocol="modbus"))
    assert screens([other, *frames(*TALK[:9]), Frame(Kind.TO_VENDOR, 5, 0, b"x")]) == {4: 4}
