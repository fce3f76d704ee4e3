from broker.conduits.s7.transactions import MOST_OPEN, S7Reader
from broker.conduits.transaction import Transaction
from domain.access import Action
from tests.broker.conduits.s7.samples import HANDSHAKE, READ, SIGN_OF_LIFE, WRITE, answer, job, userdata

VALUE = "00040010015e"


def told(*talk: tuple[bool, bytes]) -> list[Transaction]:
    reader = S7Reader()
    found = [
        one
        for at, (inward, data) in enumerate((*HANDSHAKE, *talk))
        for one in (reader.sent(data, at) if inward else reader.answered(data, at))
    ]
    assert not reader.broken
    return [*found, *reader.finish()]


def test_a_write_says_what_was_there_before() -> None:
    read, write = told(
        (True, SIGN_OF_LIFE + job(2, READ)),
        (False, answer(2, "0401", "ff04002001540007")),
        (True, job(3, WRITE, VALUE)),
        (False, answer(3, "0501", "ff")),
    )
    assert read.sentence == "read DB10.DBW4 to DBW6 = 340, 7"
    assert write.sentence == "write DB10.DBW4 = 350, was 340"
    assert (write.table, write.address, write.count) == ("DB10", "4", 1)
    assert (write.values, write.before, write.outcome) == (("350",), ("340",), "done")
    assert (write.function, write.action, write.writes) == ("write", Action.OPERATE, True)
    assert write.at_us == 6


def test_what_is_known_of_a_place_is_known_by_byte_and_by_bit() -> None:
    *_others, bit, again, timer = told(
        (True, job(2, "0401 120a10020002000083000020")),
        (False, answer(2, "0401", "ff0400100502")),
        (True, job(3, "0501 120a10010001000083000021", "0003000101")),
        (False, answer(3, "0501", "ff")),
        (True, job(4, "0501 120a10040001000083000020", "000400100000")),
        (False, answer(4, "0501", "ff")),
        (True, job(5, "0501 120a101d000100001d000005", "000900020010")),
        (False, answer(5, "0501", "ff")),
    )
    assert bit.sentence == "write M4.1 = 1, was 0"
    assert again.sentence == f"write MW4 = 0, was {0x0702}"
    assert timer.sentence == "write T5 = 16"


def test_several_places_are_told_one_by_one() -> None:
    (one,) = told(
        (
            True,
            job(
                2, "0502 120a10020001000083000000 120a10080001000184000000", "000400080900 00070004 42f6e979"
            ),
        ),
        (False, answer(2, "0502", "ffff")),
    )
    assert one.sentence == "write MB0 = 9; DB1.DBD0 = 123.456"
    assert one.what == "write MB0, DB1.DBD0"


def test_a_cpu_s_own_no_and_none_at_all_are_told() -> None:
    refused, in_part, after, silent = told(
        (True, job(2, WRITE, VALUE)),
        (False, answer(2, "0501", "0a")),
        (True, job(3, "0402 120a10020001000083000000 120a10020001000083000008")),
        (False, answer(3, "0402", "05000000 ff04000807")),
        (True, job(4, "0501 120a10020001000083000008", "0004000809")),
        (False, answer(4, "0501", "ff")),
        (True, job(5, READ)),
    )
    assert refused.sentence == "write DB10.DBW4 = 350: does not exist"
    assert in_part.sentence == "read MB0; MB1 = 7: address out of range (1 of 2)"
    assert after.sentence == "write MB1 = 9, was 7"
    assert silent.sentence == "read DB10.DBW4 to DBW6: no answer"


def test_what_touches_no_place_is_told_by_its_name() -> None:
    one, two, three = told(
        (True, job(2, "1a00010000000000095f30413030303031500d31303030353030303030343030")),
        (False, answer(2, "1a") + job(9, "1b00000000000000095f3041303030303150")),
        (True, answer(9, "1b00", "000400fb01020304") + job(3, "29000000000009505f50524f4752414d")),
        (False, answer(3, "29", error=0xD241)),
        (True, userdata(4, "0001120411440100", "ff09000401320004")),
        (False, userdata(4, "000112081284010000000000", "ff09000401320004")),
    )
    assert one.sentence == "download a block DB 1"
    assert two.sentence == "stop the CPU: the CPU's protection level does not allow it"
    assert three.sentence == "read the system state list 0x0132, index 0x0004"
    assert not three.writes


def test_what_is_never_answered_is_told_when_too_much_is_open() -> None:
    reader = S7Reader()
    for _inward, data in HANDSHAKE[::2]:
        list(reader.sent(data, 0))
    found = [one for number in range(MOST_OPEN + 1) for one in reader.sent(job(number, READ), number)]
    assert [one.outcome for one in found] == ["no answer"]
    assert len(list(reader.finish())) == MOST_OPEN


def test_what_is_no_s7comm_ends_the_reading() -> None:
    for data in (b"HTTP", job(2, "04"), bytes.fromhex("0300000802f08072")):
        reader = S7Reader()
        assert list(reader.sent(data, 0)) == []
        assert reader.broken
    reader = S7Reader()
    list(reader.answered(b"HTTP", 0))
    assert reader.broken
