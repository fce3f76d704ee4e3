import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.s7.messages import JOB, USERDATA, Message
from broker.conduits.s7.requests import Illegal, Malformed, Request, Said, Unknown, read_job, read_userdata
from domain.access import Action


def job(parameters: str, data: str = "") -> Said:
    return read_job(Message(JOB, 1, bytes.fromhex(parameters), bytes.fromhex(data)))


def userdata(parameters: str, data: str = "0a000000") -> Said:
    return read_userdata(Message(USERDATA, 1, bytes.fromhex(parameters), bytes.fromhex(data)))


DB1 = "5f30413030303031"
PROGRAM = "09505f50524f4752414d"


@pytest.mark.parametrize(
    ("parameters", "data", "words"),
    [
        ("f0000001000101e0", "", "set up communication"),
        ("0401 120a10020040000184000000", "", "read DB1.DBB0 to DBB63"),
        ("0402 120a10010001000183000025 120a10080001000184000000", "", "read M4.5, DB1.DBD0"),
        ("0501 120a10040001000a84000020", "00040010015e", "write DB10.DBW4"),
        ("0501 120a10010001000083000025", "0003000101", "write M4.5"),
        ("0501 120a10010001000081000025", "0003000101", "write inputs I4.5"),
        ("1a00010000000000 09" + DB1 + "50 0d31303030353030303030343030", "", "download a block DB 1"),
        ("1d00000000000000 09" + DB1 + "41", "", "read a block out DB 1"),
        ("1e00000000000007", "", "read a block out"),
        ("1f00000000000007", "", "read a block out"),
        ("290000000000" + PROGRAM, "", "stop the CPU"),
        ("28000000000000fd0000" + PROGRAM, "", "start the CPU"),
        ("28000000000000fd00024320" + PROGRAM, "", "start the CPU cold"),
        ("28000000000000fd000a0100304130303030315005 5f494e5345", "", "put a block into use DB 1"),
        ("28000000000000fd000a0100304130303030315005 5f44454c45", "", "delete a block DB 1"),
        ("28000000000000fd0000055f47415242", "", "compress the memory"),
        ("28000000000000fd00024550055f4d4f4455", "", "copy RAM to ROM"),
    ],
)
def test_jobs_of_real_tools_are_read(parameters: str, data: str, words: str) -> None:
    """C11: each function by its name, with what it touches."""
    assert str(job(parameters, data)) == words


@pytest.mark.parametrize(
    ("parameters", "data", "words"),
    [
        ("0001120411440100", "ff09000401320004", "read the system state list 0x0132, index 0x0004"),
        ("000112081244010200000000", "0a000000", "read the system state list further"),
        ("0001120411430100", "0a000000", "list blocks"),
        ("0001120411430200", "ff0900023038", "list blocks of a kind OB"),
        ("0001120411430300", "ff0900083041303030303141", "read the properties of a block DB 1"),
        ("0001120411470100", "0a000000", "read the clock"),
        ("0001120411470200", "ff09000a00192611211545000007", "set the clock"),
        ("0001120411410900", "ff0900020000", "force"),
        ("0001120411410a00", "ff0900020000", "set a breakpoint"),
        ("0001120411410c00", "ff0900020000", "reset the memory"),
        ("0001120411450100", "ff090008" + "00" * 8, "give the password"),
        ("0001120411440200", "ff09000a030061736d6573730000", "have messages sent"),
        ("0001120411440b00", "ff0900020000", "acknowledge an alarm"),
    ],
)
def test_user_data_of_real_tools_are_read(parameters: str, data: str, words: str) -> None:
    """C11: group and sub-function by name."""
    assert str(userdata(parameters, data)) == words


def test_what_is_written_is_read_too() -> None:
    found = job(
        "0503 120a10040002000a84000020 120a10080001000183000000 120a10010001000083000025",
        "00040020015e0007 00070004 42f6e979 0003000101",
    )
    assert isinstance(found, Request)
    assert found.values[0] == (350, 7)
    assert found.values[1][0] == pytest.approx(123.456)
    assert found.values[2] == (1,)
    odd = job("0502 120a10020001000083000000 120a10020001000083000008", "000400080900 0004000807")
    assert isinstance(odd, Request)
    assert odd.values == ((9,), (7,))


def test_one_input_among_what_is_written_makes_the_whole_job_an_override() -> None:
    found = job("0502 120a10020001000083000000 120a10020001000081000008", "000400080900 0004000807")
    assert isinstance(found, Request)
    assert found.function.action is Action.OVERRIDE


@pytest.mark.parametrize(
    ("parameters", "data", "code"),
    [
        pytest.param("0401 120a10020001000084000000", "", 0x05, id="data block 0"),
        pytest.param("0402 120a10020001000083000000 120a10020001000085000000", "", 0x05, id="one of two"),
        pytest.param("0415 " + "120a10020001000083000000" * 21, "", 0x01, id="an item too many"),
        pytest.param("0501 120a10040001000a84000020", "0004000801", 0x07, id="fewer data than the place has"),
        pytest.param("0501 120a10040001000a84000020", "000400180102 03", 0x07, id="more data than it has"),
        pytest.param("0501 120a10040001000a84000020", "0003001001 02", 0x07, id="bits for a word"),
    ],
)
def test_what_every_cpu_refuses_is_illegal(parameters: str, data: str, code: int) -> None:
    found = job(parameters, data)
    assert isinstance(found, Illegal)
    assert found.code == code


@pytest.mark.parametrize(
    ("parameters", "data"),
    [
        pytest.param("f0000001000101", "", id="a set-up cut short"),
        pytest.param("f0000001000101e0", "00", id="a set-up with data"),
        pytest.param("f0000000000101e0", "", id="a set-up for no job"),
        pytest.param("f000000100010040", "", id="messages of 64 bytes"),
        pytest.param("04", "", id="a reading of how many"),
        pytest.param("0400", "", id="a reading of nothing"),
        pytest.param("0401 120a1002000100", "", id="half an item"),
        pytest.param("0401 120a10020001000083000000 12", "", id="more than its items"),
        pytest.param("0402 120a10020001000083000000", "", id="fewer items than it says"),
        pytest.param("0401 120910020001000083000000", "", id="an item of another length"),
        pytest.param("0401 110a10020001000083000000", "", id="no specification"),
        pytest.param("0401 120a10020001000083000000", "00", id="a reading with data"),
        pytest.param("0501 120a10020001000083000000", "", id="a write of nothing"),
        pytest.param("0501 120a10020001000083000000", "0004000801 00", id="a write with a byte too many"),
        pytest.param("1a00010000000000 09" + DB1 + "50", "", id="a download without its length"),
        pytest.param("1d00000000000000 08" + DB1, "", id="a block's name cut short"),
        pytest.param("1d00000000000000 09" + DB1 + "4100", "", id="more than a block's name"),
        pytest.param("1d00000000000000 095f304130303078 3141", "", id="a block without a number"),
        pytest.param("1e000000000000", "", id="no piece of what"),
        pytest.param("290000000000 09505f50524f4752414e", "", id="stop, of another program"),
        pytest.param("2900000000000a505f50524f4752414d", "", id="stop, with a length that lies"),
        pytest.param("28000000000000fd0001" + PROGRAM, "", id="an argument that lies about its length"),
        pytest.param("28000000000000fd", "", id="a service without a name"),
        pytest.param("28000000000000fd0000055f47415242", "00", id="a service with data"),
    ],
)
def test_a_length_that_contradicts_another_is_malformed(parameters: str, data: str) -> None:
    assert isinstance(job(parameters, data), Malformed)


@pytest.mark.parametrize(
    ("parameters", "data"),
    [
        pytest.param("0001120511440100", "0a000000", id="a length that lies"),
        pytest.param("000112041144010000", "0a000000", id="a byte too many"),
        pytest.param("0001120412440100", "0a000000", id="a first question that says it is a further one"),
        pytest.param("0001120411840100", "0a000000", id="an answer"),
        pytest.param("0001120411040100", "0a000000", id="a push"),
        pytest.param("0001120411440100", "ff090004013200", id="fewer data than they say"),
        pytest.param("0001120411440100", "ff04002001320004", id="data that count in bits"),
        pytest.param("000112081244010200000000", "ff09000401320004", id="further, with data"),
    ],
)
def test_user_data_that_contradict_themselves_are_malformed(parameters: str, data: str) -> None:
    assert isinstance(userdata(parameters, data), Malformed)


def test_what_nobody_can_judge_is_unknown() -> None:
    for parameters in (
        "00", "31", "1b00", "1c00", "ff",
        "0401 12088201020304050607",
        "28000000000000fd0000085f4e5f4c4f47494e",
        "28000000000000fd00014809505f50524f4752414d",
    ):  # fmt: skip
        assert isinstance(job(parameters), Unknown), parameters
    for group, sub in (("46", "01"), ("4f", "01"), ("41", "7f"), ("44", "05"), ("40", "00")):
        assert isinstance(userdata(f"0001120411{group}{sub}00"), Unknown), (group, sub)
    assert isinstance(job(""), Unknown), "a job of nothing"


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_message_raises(parameters: bytes, data: bytes) -> None:
    for first in (0x04, 0x05, 0x1A, 0x1D, 0x28, 0x29, 0xF0):
        read_job(Message(JOB, 1, bytes((first,)) + parameters, data))
    read_userdata(Message(USERDATA, 1, b"\0\1\x12\4\x11\x44" + parameters, data))
