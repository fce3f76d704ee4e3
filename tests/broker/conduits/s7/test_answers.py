import pytest

from broker.conduits.s7.answers import Answered, judge
from broker.conduits.s7.messages import ACK, ACK_DATA, JOB, USERDATA, Message
from broker.conduits.s7.requests import Request, read_job, read_userdata


def answered(asked: Message, answer: Message) -> Answered | None:
    said = read_job(asked) if asked.kind == JOB else read_userdata(asked)
    assert isinstance(said, Request)
    return judge(asked, said, answer)


def job(parameters: str, data: str = "") -> Message:
    return Message(JOB, 7, bytes.fromhex(parameters), bytes.fromhex(data))


def ack(parameters: str, data: str = "", error: int = 0, kind: int = ACK_DATA, reference: int = 7) -> Message:
    return Message(kind, reference, bytes.fromhex(parameters), bytes.fromhex(data), error)


READ = job("0401 120a10040002000a84000020")
BOTH = job("0402 120a10020001000083000000 120a10020001000083000008")
WRITE = job("0502 120a10020001000083000000 120a10020001000083000008", "000400080900 0004000807")
SETUP = job("f0000001000101e0")
STATE = Message(USERDATA, 7, bytes.fromhex("0001120411440100"), bytes.fromhex("ff09000401320004"))


def test_an_answer_says_what_was_read_written_or_agreed() -> None:
    assert answered(READ, ack("0401", "ff040020015e0007")) == Answered(values=((350, 7),))
    assert answered(BOTH, ack("0402", "ff0400080900 ff04000807")) == Answered(values=((9,), (7,)))
    assert answered(BOTH, ack("0402", "ff0400080900 ff0400080700")) == Answered(values=((9,), (7,)))
    assert answered(WRITE, ack("0502", "ffff")) == Answered(values=((9,), (7,)))
    assert answered(SETUP, ack("f0000001000100f0")) == Answered(agreed=240)
    assert answered(job("1e00000000000007"), ack("1e01", "000400fb01020304")) == Answered()


def test_an_answer_says_a_cpu_s_own_no() -> None:
    assert answered(READ, ack("04", error=0xD241)) == Answered(
        no="the CPU's protection level does not allow it"
    )
    assert answered(READ, ack("", error=0x1234, kind=ACK)) == Answered(no="error 0x1234")
    assert answered(READ, ack("0401", "0a000000")) == Answered(no="does not exist", values=((),))
    assert answered(BOTH, ack("0402", "05000000 ff04000807")) == Answered(
        "address out of range (1 of 2)", ((), (7,))
    )
    assert answered(WRITE, ack("0502", "ff03")) == Answered(no="access not allowed (1 of 2)")
    told = Message(USERDATA, 7, bytes.fromhex("000112081284010000 00d402".replace(" ", "")), b"\x0a\0\0\0")
    assert answered(STATE, told) == Answered(no="not known here")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        pytest.param(READ, ack("0401", "ff040020015e0007", reference=8), id="to another request"),
        pytest.param(READ, ack("0501", "ff"), id="to another function"),
        pytest.param(READ, ack("0402", "ff040020015e0007"), id="of another count of items"),
        pytest.param(READ, ack("0401", "ff040010015e"), id="fewer values than asked for"),
        pytest.param(READ, ack("0401", "ff040030015e00070009"), id="more values than asked for"),
        pytest.param(READ, ack("0401"), id="no values at all"),
        pytest.param(WRITE, ack("0502", "ff"), id="one word for two items"),
        pytest.param(SETUP, ack("f0000001000102ff"), id="longer messages than were asked for"),
        pytest.param(SETUP, ack("f0000001000100"), id="a set-up cut short"),
        pytest.param(READ, Message(JOB, 7, READ.parameters), id="a question"),
        pytest.param(job("1f00000000000007"), ack("1f", "00"), id="data where none belong"),
        pytest.param(STATE, ack("04"), id="an acknowledgement of user data"),
        pytest.param(STATE, Message(USERDATA, 7, bytes.fromhex("000112081247010000000000")), id="of another group"),
        pytest.param(STATE, Message(USERDATA, 7, bytes.fromhex("0001120411840100")), id="without its error word"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_request_is_no_answer_to_it(asked: Message, answer: Message) -> None:
    assert answered(asked, answer) is None
