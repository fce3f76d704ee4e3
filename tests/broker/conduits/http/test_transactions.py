from collections.abc import Iterable

from broker.conduits.http.transactions import HttpReader
from broker.conduits.transaction import Transaction
from domain.access import Action
from tests.broker.conduits.http.samples import PAGE, get, post
from tests.for_each import for_each

JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
CREATED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


def told(*talk: bytes, step: int = 10_000) -> list[Transaction]:
    """What is told of requests and answers that take turns, in pieces of ``step`` bytes."""
    reader, found = HttpReader(), []
    for at, data in enumerate(talk):
        for begin in range(0, len(data), step):
            part = data[begin : begin + step]
            found += reader.answered(part, at) if at % 2 else reader.sent(part, at)
    found += reader.finish()
    assert not reader.broken
    return found


@for_each("step", [1, 7, 10_000])
def test_each_request_is_told_with_its_answer_however_it_was_cut(step: int) -> None:
    page, change = told(
        get("/status?unit=3"), PAGE, post("/set", b"setpoint=350&pin=1234", FORM), CREATED, step=step
    )
    assert (page.at_us, page.function, page.action, page.writes) == (0, "GET", Action.VIEW, False)
    assert page.sentence == "GET /status?unit=3: 200 OK, 6 bytes of text/html"
    assert (page.what, page.address, page.outcome) == ("GET /status", "/status?unit=3", "done")
    assert (change.at_us, change.function, change.action, change.writes) == (2, "POST", Action.OPERATE, True)
    assert change.values == ("setpoint=350", "pin=(not shown)")
    assert change.sentence == (
        "POST /set, 21 bytes of application/x-www-form-urlencoded: setpoint=350, pin=(not shown): "
        "201 Created, 2 bytes"
    )


def test_what_a_body_says_is_told_where_it_can_be_read() -> None:
    for kind, body, values in (
        (JSON, b'{"setpoint": 350, "on": true, "x": null, "deep": {"a": 1}}', ("setpoint=350", "on=true", "x=null")),
        (JSON, b"[1, 2]", ("6 bytes of application/json",)),
        (JSON, b"{" * 9, ("9 bytes of application/json",)),
        (FORM, b"a=" + b"x" * 70, ("a=" + "x" * 60 + "…",)),
        (FORM, b"\xff=\xff", ("3 bytes of application/x-www-form-urlencoded",)),
        (FORM, b"a=" + b"x" * 5000, ("5002 bytes of application/x-www-form-urlencoded",)),
        ("Content-Type: image/png", b"\x89PNG", ("4 bytes of image/png",)),
        ("X-Y: z", b"abc", ("3 bytes",)),
    ):  # fmt: skip
        assert told(post("/set", body, kind), CREATED)[0].values == values


def test_what_was_not_answered_or_not_to_its_end_is_told_so() -> None:
    assert [one.outcome for one in told(get("/a"))] == ["no answer"]
    (cut,) = told(get("/a"), PAGE[:-2])
    assert (cut.outcome, cut.sentence) == ("cut off", "GET /a: 200 OK, 4 bytes of text/html, cut off")
    (endless,) = told(get("/a"), b"HTTP/1.1 200 OK\r\n\r\nabc")
    assert (endless.outcome, endless.sentence) == ("done", "GET /a: 200 OK, 3 bytes")
    (no,) = told(get("/a"), b"HTTP/1.1 404 What ever\r\nContent-Length: 0\r\n\r\n")
    assert no.outcome == "404 Not Found"


def test_an_answer_of_the_gate_to_what_never_went_in_is_no_answer_of_the_device() -> None:
    refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
    assert [one.outcome for one in told(b"", refused, get("/a"), PAGE, b"", refused)] == ["done"]


def test_what_is_no_http_ends_the_reading() -> None:
    talks: Iterable[tuple[bytes, bytes]] = ((b"\x16\x03\x01", b""), (get("/a"), b"220 ready\r\n\r\n"))
    for sent, answered in talks:
        reader = HttpReader()
        list(reader.sent(sent, 0))
        list(reader.answered(answered, 1))
        assert reader.broken
        assert list(reader.sent(get("/a"), 2)) == []
