from broker.conduits.enip.connections import closing, explicit, opened, opening
from tests.broker.conduits.enip import samples
from tests.broker.conduits.enip.samples import BACK, KEY, OUT


def test_a_connection_that_is_asked_for_opened_and_closed_is_one() -> None:
    for code in (0x54, 0x5B):
        found = opening(code, samples.opening(code=code)[6:])
        assert found is not None
        assert (found.key, found.answers_by, found.transport, found.route.hops) == (KEY, BACK, 3, ((1, "2"),))
        assert explicit(found)
    assert opened(samples.OPENED[4:]) == (OUT, BACK, KEY)
    assert closing(samples.closing()[6:]) == KEY


def test_only_one_to_the_message_router_carries_messages() -> None:
    for route, transport, is_one in (
        ("20 02 24 01", 0xA3, True),
        ("20 02 24 01", 0x01, False),
        ("20 02 24 01", 0x00, False),
        ("20 02 24 01", 0xA2, False),
        ("20 04 24 64", 0xA3, False),
        ("20 02 24 02", 0xA3, False),
        ("01 00", 0xA3, False),
        ("91 02 4f6e", 0xA3, False),
    ):
        found = opening(0x54, samples.opening(route, transport)[6:])
        assert found is not None
        assert explicit(found) is is_one, route


def test_what_contradicts_itself_is_none() -> None:
    asked, ended = samples.opening()[6:], samples.closing()[6:]
    for cut in range(len(asked)):
        assert opening(0x54, asked[:cut]) is None
    for cut in range(len(ended)):
        assert closing(ended[:cut]) is None
    assert opening(0x54, asked + b"\0\0") is None
    assert opening(0x5B, asked) is None
    assert opened(samples.OPENED[4:19]) is None
