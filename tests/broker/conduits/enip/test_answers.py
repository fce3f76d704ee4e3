from broker.conduits.enip.answers import Answered, answered, fits, no_sense, parts, refusal
from broker.conduits.enip.frames import Framing, packet
from tests.broker.conduits.enip.samples import BACK, READ, connected, unconnected


def test_only_what_a_message_router_sends_is_an_answer() -> None:
    for data in ("", "cc 00 00", "4c 00 00 00", "cc 01 00 00", "cc 00 01 01", "cc 00 01 01 00"):
        assert answered(bytes.fromhex(data)) is None, data
    assert answered(bytes.fromhex("cc 00 01 01 0402 aa")) == Answered(0x4C, 1, b"\xaa")


def test_the_device_s_own_no_is_told() -> None:
    for status, outcome in (
        (0, ""),
        (6, ""),
        (5, "path destination unknown"),
        (15, "privilege violation"),
        (0xFE, "status 0xfe"),
    ):
        assert Answered(0x4C, status, b"").outcome() == outcome


def test_an_answer_names_the_service_and_one_that_can_t_be_sent_on_its_carrier() -> None:
    assert fits(Answered(0x4C, 0, b""), 0x4C)
    assert not fits(Answered(0x4D, 0, b""), 0x4C)
    assert fits(Answered(0x52, 1, b""), 0x4C)
    assert not fits(Answered(0x52, 0, b""), 0x4C)


def test_several_answers_are_told_apart() -> None:
    several = Answered(0x0A, 0, bytes.fromhex("0200 0600 0a00 cc000000 cd000f00"))
    assert parts(several) == (Answered(0x4C, 0, b""), Answered(0x4D, 15, b""))
    for data in ("", "0000", "0200 0600"):
        assert parts(Answered(0x0A, 0, bytes.fromhex(data))) == ()


def test_a_refusal_answers_the_very_request() -> None:
    for asked, back, number in ((unconnected(READ, 9), None, 0), (connected(READ, 9), BACK, 9)):
        (frame,) = Framing().feed(asked)
        (answer,) = Framing().feed(refusal(frame, 0x4C, 0x0F, back))
        assert (answer.command, answer.session, answer.context) == (
            frame.command,
            frame.session,
            frame.context,
        )
        found = packet(answer.data)
        assert found is not None
        assert (found.message, found.connection, found.number) == (bytes.fromhex("cc 00 0f 00"), back, number)
        (senseless,) = Framing().feed(no_sense(frame, 3))
        assert (senseless.status, senseless.data, senseless.context) == (3, b"", frame.context)
