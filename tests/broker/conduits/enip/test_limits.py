import pytest

from broker.conduits.enip.filter import EthernetIpFilter
from broker.conduits.enip.frames import Framing, packet
from broker.conduits.enip.limits import MOST_ELEMENTS, READS, TAG_READS, TAG_WRITES, WRITES
from broker.conduits.enip.services import CLASSES, COMMON, MANAGER, OWN, SYMBOL
from domain.access import Action
from domain.limits import limit_of
from domain.output import Answer, Output, ToAsset
from domain.plant import Protocol
from domain.vocabulary import CIP_CLASSES, VOCABULARY
from tests.broker.conduits.enip.samples import sent_on, several, to_tag, unconnected
from tests.for_each import for_each

LIMITS = tuple(
    limit_of(f"ethernet-ip {one}")
    for one in (
        'read tags "Speed"',
        'read tags "Line1"',
        'write tags "Speed" between -5 and 350',
        'write tags "Flow[2]" between -0.5 and 1.5',
        'write tags "Flow[3]"',
        'write tags "Line1" between 0 and 1',
        'write tags "Recipe"',
        'read objects "identity 1"',
        'read objects "assembly"',
        'write objects "assembly 100 attribute 3"',
        'read tags "Rack" of slot 2',
        "use list tags",
        "use flash lights",
    )
)
PLACE, VALUE = "object", "value"


def indexed(code: int, name: str, index: int, data: str) -> bytes:
    """A service of an element of a tag."""
    plain = to_tag(code, name)
    return bytes((code, plain[1] + 1)) + plain[2:] + bytes((0x28, index)) + bytes.fromhex(data)


def member(code: int, name: str, of: str, data: str) -> bytes:
    """A service of a member of a structure."""
    path = to_tag(code, name)[2:] + to_tag(code, of)[2:]
    return bytes((code, len(path) // 2)) + path + bytes.fromhex(data)


def told(message: bytes) -> Output:
    (output,) = EthernetIpFilter(frozenset(Action), LIMITS).from_vendor(unconnected(message))
    return output


@for_each(
    "message, code",
    [
        pytest.param(to_tag(0x4C, "Speed", "0100"), "", id="a tag"),
        pytest.param(to_tag(0x4C, "Speed", "f401"), "", id="an array by its name"),
        pytest.param(indexed(0x52, "Speed", 7, "0200 00000000"), "", id="elements of it"),
        pytest.param(member(0x4C, "Line1", "Name", "0100"), "", id="a member of a structure"),
        pytest.param(to_tag(0x4C, "speed", "0100"), PLACE, id="another case of its letters"),
        pytest.param(to_tag(0x4C, "Speed2", "0100"), PLACE, id="a name that goes on"),
        pytest.param(to_tag(0x4C, "Rack", "0100"), PLACE, id="a tag of another slot"),
        pytest.param(sent_on(to_tag(0x4C, "Rack", "0100"), "01 02"), "", id="in its slot"),
        pytest.param(to_tag(0x4D, "Speed", "c400 0100 5e010000"), "", id="the upper bound"),
        pytest.param(to_tag(0x4D, "Speed", "c400 0100 5f010000"), VALUE, id="above it"),
        pytest.param(to_tag(0x4D, "Speed", "c400 0200 01000000 fbffffff"), "", id="the lower bound, as the second"),
        pytest.param(to_tag(0x4D, "Speed", "c400 0200 01000000 faffffff"), VALUE, id="below it"),
        pytest.param(to_tag(0x4D, "Speed", "c400 0200 01000000"), VALUE, id="fewer values than it says"),
        pytest.param(to_tag(0x4D, "Speed", "ca00 0100 0000c07f"), VALUE, id="no number"),
        pytest.param(to_tag(0x4D, "Speed", "a002 cdab 0100 01000000"), VALUE, id="a structure"),
        pytest.param(to_tag(0x4E, "Speed", "0400 00000000 00000000"), VALUE, id="a mask"),
        pytest.param(indexed(0x4D, "Speed", 3, "c300 0100 0500"), "", id="an element, by the bounds of all"),
        pytest.param(member(0x4D, "Speed", "3", "c100 0100 01"), VALUE, id="a bit of it"),
        pytest.param(to_tag(0x53, "Speed", "c400 0300 04000000 01000000 02000000"), "", id="in parts"),
        pytest.param(to_tag(0x53, "Speed", "c400 0300 06000000 01000000"), VALUE, id="in parts that split a value"),
        pytest.param(to_tag(0x53, "Speed", "c400 0100 04000000 01000000"), VALUE, id="in parts beyond their end"),
        pytest.param(indexed(0x4D, "Flow", 2, "ca00 0100 0000c03f"), "", id="one element alone"),
        pytest.param(indexed(0x4D, "Flow", 2, "ca00 0200 0000c03f 00004842"), "", id="two, each by its own limit"),
        pytest.param(indexed(0x4D, "Flow", 2, "ca00 0200 00004842 00004842"), VALUE, id="the first beyond its own"),
        pytest.param(indexed(0x4D, "Flow", 2, "ca00 0300" + "00000000" * 3), PLACE, id="three, of which one has none"),
        pytest.param(indexed(0x53, "Flow", 2, "ca00 0200 00000000" + "00000000" * 2), PLACE, id="in parts only by the array"),
        pytest.param(to_tag(0x4D, "Flow", "ca00 0100 00000000"), PLACE, id="an array of which a part is named"),
        pytest.param(member(0x4D, "Line1", "Run", "c100 0100 01"), VALUE, id="a member under a structure's bounds"),
        pytest.param(to_tag(0x4D, "Recipe", "a002 cdab 0100 01000000"), "", id="a structure without bounds"),
        pytest.param(to_tag(0x10, "Recipe", "01"), "", id="an attribute of a tag"),
        pytest.param(several(to_tag(0x4C, "Speed", "0100"), to_tag(0x4C, "Other", "0100")), PLACE, id="one of several at once"),
        pytest.param(bytes.fromhex("0e 03 20 01 24 01 30 07"), "", id="an attribute of an object"),
        pytest.param(bytes.fromhex("0e 03 20 04 24 64 30 03"), "", id="an object of a class"),
        pytest.param(bytes.fromhex("0e 03 20 0f 24 01 30 01"), PLACE, id="another class"),
        pytest.param(bytes.fromhex("0e 03 20 01 2c 01 30 07"), PLACE, id="by a connection point"),
        pytest.param(bytes.fromhex("10 03 20 04 24 64 30 03 0100"), "", id="a set attribute"),
        pytest.param(bytes.fromhex("10 03 20 04 24 64 30 04 0100"), PLACE, id="its neighbour"),
        pytest.param(bytes.fromhex("02 02 20 04 24 64 0100"), PLACE, id="all attributes at once"),
        pytest.param(bytes.fromhex("4d 02 20 6b 24 05 c400 0100 01000000"), PLACE, id="a tag by its number"),
        pytest.param(bytes.fromhex("55 02 20 6b 24 00"), "", id="a service that is named"),
        pytest.param(bytes.fromhex("05 02 20 01 24 01 00"), "service", id="one that is not"),
        pytest.param(bytes.fromhex("17 02 20 01 24 01"), "", id="nothing at all"),
    ],
)  # fmt: skip
def test_every_tag_object_and_value_is_held(message: bytes, code: str) -> None:
    """S-05: what lies outside is answered as the device would, and never reaches it."""
    output = told(message)
    if not code:
        assert output == ToAsset(unconnected(message))
        return
    assert isinstance(output, Answer)
    assert output.code == f"ethernet_ip_{code}_not_permitted"
    (frame,) = Framing().feed(output.data)
    carried = packet(frame.data)
    assert carried is not None
    assert carried.message[2] == (0x09 if code == VALUE else 0x0F)


def test_more_elements_than_there_can_be_limits_are_not_asked_one_by_one() -> None:
    some = tuple(limit_of(f'ethernet-ip read tags "Flow[{at}]"') for at in range(MOST_ELEMENTS))
    for count, reaches in ((MOST_ELEMENTS, True), (MOST_ELEMENTS + 1, False), (0xFFFF, False)):
        asked = unconnected(indexed(0x4C, "Flow", 0, count.to_bytes(2, "little").hex()))
        (output,) = EthernetIpFilter(frozenset(Action), some).from_vendor(asked)
        assert isinstance(output, ToAsset) is reaches, count


def test_every_class_and_service_has_its_word_for_limits() -> None:
    words = VOCABULARY[Protocol.ETHERNET_IP]
    assert set(CIP_CLASSES) == set(CLASSES.values())
    named = {
        one.name for code, one in COMMON.items() if code not in READS | WRITES and one.name != "no operation"
    }
    for klass, services in OWN.items():
        held = TAG_READS | TAG_WRITES if klass == SYMBOL else set()
        named |= {one.name for code, one in services.items() if code not in held}
    connecting = {OWN[MANAGER][code].name for code in (0x4E, 0x54, 0x5B)}
    assert words.uses == named - connecting
