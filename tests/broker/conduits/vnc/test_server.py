import pytest

from broker.conduits.far_end import FarEnd
from broker.conduits.vnc.filter import VncFilter
from broker.conduits.vnc.security import answer
from broker.conduits.vnc.server import refusal, version_of
from broker.conduits.vnc.stream import NoRfbError
from domain.access import Action
from domain.limits import limits_of
from domain.output import Cut, Output, ToAsset, ToVendor, Withhold
from tests.broker.conduits.vnc.samples import CHALLENGE, INIT, TALK

VIEW = frozenset({Action.VIEW})
V3, V7, V8 = (b"RFB 003.00%d\n" % minor for minor in (3, 7, 8))


def played(gate: VncFilter, *said: tuple[bool, bytes]) -> list[Output]:
    """What comes of the last of ``said``; True is the vendor's viewer."""
    outputs: list[Output] = []
    for inward, data in said:
        outputs = list(gate.from_vendor(data) if inward else gate.from_asset(data))
    return outputs


@pytest.mark.parametrize(
    ("asset", "viewer", "asked"),
    [
        pytest.param(V8, V8, [ToAsset(V8, V8)], id="both the newest"),
        pytest.param(V8, V3, [ToAsset(V8, V3)], id="an old viewer"),
        pytest.param(V3, V8, [ToAsset(V3, V8)], id="an old server"),
        pytest.param(b"RFB 003.889\n", V8, [ToAsset(V8, V8)], id="Apple's"),
        pytest.param(b"RFB 004.001\n", V7, [ToAsset(V8, V7)], id="RealVNC's"),
        pytest.param(b"RFB 003.006\n", V8, [ToAsset(V3, V8)], id="UltraVNC's"),
    ],
)
def test_each_side_is_spoken_to_in_what_it_speaks(asset: bytes, viewer: bytes, asked: list[Output]) -> None:
    gate = VncFilter(VIEW)
    assert played(gate, (False, asset)) == [ToVendor(V8)]
    assert played(gate, (True, viewer)) == asked


@pytest.mark.parametrize("word", [b"SSH-2.0-Open", b"RFB 0x3.008\n", b"RFB 002.002\n", b"RFB 003-008\n"])
def test_what_does_not_begin_as_rfb_is_none(word: bytes) -> None:
    with pytest.raises(NoRfbError):
        version_of(word)


@pytest.mark.parametrize("server", [V3, V7, V8])
@pytest.mark.parametrize("viewer", [V3, V7, V8])
def test_the_gate_signs_in_at_the_asset_and_the_viewer_needs_no_password(
    server: bytes, viewer: bytes
) -> None:
    """The password's answer is recorded as nothing at all, and the viewer's own choice as what it said."""
    gate = VncFilter(VIEW, (), FarEnd(password="secret"))
    offered = (0, 0, 0, 2) if server == V3 else (1, 2)
    outputs = played(gate, (False, server), (True, viewer), (False, bytes(offered)))
    assert outputs == ([] if server == V3 else [ToAsset(b"\2", b"")])
    assert played(gate, (False, CHALLENGE)) == [
        ToAsset(answer(CHALLENGE, "secret"), b"", "the password from the vault")
    ]
    assert played(gate, (False, bytes(4))) == [ToVendor(b"\0\0\0\1" if viewer == V3 else b"\1\1")]
    if viewer != V3:
        result = [ToVendor(bytes(4))] if viewer == V8 else []
        assert played(gate, (True, b"\1")) == [ToAsset(b"", b"\1"), *result]
    assert played(gate, (True, b"\0")) == [ToAsset(b"\1")], "never alone: the control room keeps its screen"
    assert played(gate, (False, INIT)) == [ToVendor(INIT)]


@pytest.mark.parametrize(
    ("server", "offer", "result"),
    [(V3, b"\0\0\0\1", b""), (V7, b"\1\1", b""), (V8, b"\2\1\x13", bytes(4))],
)
def test_a_server_without_a_password_lets_the_gate_in_as_it_is(
    server: bytes, offer: bytes, result: bytes
) -> None:
    gate = VncFilter(VIEW, (), FarEnd(password="kept, and not asked for"))
    outputs = played(gate, (False, server), (True, V8), (False, offer + result))
    assert outputs[-1] == ToVendor(b"\1\1")


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        pytest.param((b"\1\2",), "vnc_no_password", "keeps none for it", id="no password kept"),
        pytest.param((b"\1\x13",), "vnc_security_unknown", "VeNCrypt", id="TLS"),
        pytest.param((b"\1\xc8",), "vnc_security_unknown", "200", id="a way that has no name"),
        pytest.param((b"\0", b"\0\0\0\4full"), "vnc_not_let_in", "full.", id="turned away at once"),
        pytest.param(
            (b"\1\1", b"\0\0\0\1\0\0\0\0"), "vnc_not_let_in", "no reason", id="turned away, no reason"
        ),
    ],
)
def test_a_viewer_reads_why_there_is_no_way_in(said: tuple[bytes, ...], code: str, sentence: str) -> None:
    gate = VncFilter(VIEW)
    outputs = played(gate, (False, V8), (True, V8), *((False, one) for one in said))
    *_, told, cut = outputs
    assert isinstance(cut, Cut)
    assert cut.code == code
    assert sentence in cut.sentence
    assert told == ToVendor(refusal(8, cut.sentence))


def test_a_password_that_is_not_accepted_is_said_by_servers_that_give_no_reason() -> None:
    gate = VncFilter(VIEW, (), FarEnd(password="wrong"))
    outputs = played(
        gate, (False, V7), (True, V3), (False, b"\1\2"), (False, CHALLENGE), (False, b"\0\0\0\2")
    )
    cut = outputs[-1]
    assert isinstance(cut, Cut)
    assert cut.code == "vnc_not_let_in"
    assert outputs[-2] == ToVendor(refusal(3, cut.sentence))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(((False, V8 + b"\1\1"),), id="a server that does not wait for the version"),
        pytest.param(((True, V8),), id="a viewer that does not"),
        pytest.param(
            ((False, V8), (True, V8 + b"\1")), id="a viewer that chooses before it is offered anything"
        ),
        pytest.param((*TALK[:5], (True, b"\2")), id="a viewer that chooses what was not offered"),
        pytest.param((*TALK[:5], (False, INIT)), id="a screen that nobody asked for"),
        pytest.param(
            (*TALK[:7], (True, b"\3" + bytes(9))), id="a viewer that looks before there is a screen"
        ),
        pytest.param((*TALK[:4], (False, b"\0\0\0\7")), id="a result that there is not"),
        pytest.param((*TALK[:8], (False, b"\7")), id="a message that there is not"),
        pytest.param((*TALK[:8], (False, b"\3\0\0\0\x7f\xff\xff\xff")), id="two gigabytes that were copied"),
        pytest.param((*TALK[:8], (False, b"\xf8" + bytes(7) + b"\xff")), id="a fence of 255 bytes"),
    ],
)
def test_who_speaks_out_of_turn_or_says_what_there_is_not_is_cut_off(
    said: tuple[tuple[bool, bytes], ...],
) -> None:
    outputs = played(VncFilter(VIEW, (), FarEnd(password="a password")), *said)
    assert isinstance(outputs[-1], Cut)
    assert outputs[-1].code == "vnc_malformed"


def test_what_the_asset_copied_leaves_only_where_a_limit_names_it() -> None:
    """D15: by its length alone, however long it is."""
    copied = b"\3\0\0\0\0\0\0\6secret"
    assert played(VncFilter(VIEW, (), FarEnd(password="x")), *TALK[:8], (False, copied + b"\2")) == [
        Withhold("vnc_clipboard_not_permitted", len(copied)),
        ToVendor(b"\2"),
    ]
    limits = tuple(limits_of(["vnc use clipboard from the plant"]))
    assert played(VncFilter(VIEW, limits, FarEnd(password="x")), *TALK[:8], (False, copied)) == [
        ToVendor(copied)
    ]


def test_what_a_server_says_beside_its_screen_passes() -> None:
    said = b"\2" + b"\x96" + b"\xf8" + bytes(7) + b"\2ab" + b"\xfa\0\1\0"
    assert played(VncFilter(VIEW, (), FarEnd(password="x")), *TALK[:8], (False, said)) == [ToVendor(said)]
