from collections.abc import Iterable

from broker.conduits.far_end import FarEnd
from broker.conduits.http.filter import HttpFilter
from broker.conduits.http.heads import MOST_HEAD_BYTES
from domain.access import Action
from domain.limits import limits_of
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from tests.broker.conduits.http.samples import PAGE, get, post, requests
from tests.broker.conduits.http.test_heads import TWO_READINGS
from tests.for_each import for_each

VIEW = frozenset({Action.VIEW})
OPERATE = frozenset({Action.VIEW, Action.OPERATE})
WITH_BODY = "POST /set HTTP/1.1\r\nHost: plc-07\r\n"


def reached(outputs: Iterable[Output]) -> bytes:
    return b"".join(one.data for one in outputs if isinstance(one, ToAsset))


def shown(outputs: Iterable[Output]) -> bytes:
    return b"".join(one.data for one in outputs if isinstance(one, ToVendor | Answer))


def codes(outputs: Iterable[Output]) -> list[str]:
    return [one.code for one in outputs if isinstance(one, Answer | Cut | Withhold)]


def test_what_the_permit_covers_goes_on_anew_and_so_does_its_answer() -> None:
    gate = HttpFilter(VIEW, (), FarEnd("10.20.0.7"))
    asked = b"GET /%73tatus?a HTTP/1.1\r\nhOST:localhost\r\nX-A:  b  \r\n\r\n"
    wire = b"GET /status?a HTTP/1.1\r\nHost: 10.20.0.7\r\nX-A: b\r\nAccept-Encoding: identity\r\n\r\n"
    for _ in range(3):
        assert list(gate.from_vendor(asked)) == [ToAsset(wire)]
        came = list(gate.from_asset(PAGE.replace(b"200 OK", b"200 Fine").replace(b"\r\n", b"\n")))
        assert came == [ToVendor(PAGE)]


def test_under_view_every_other_method_is_answered_and_never_reaches_the_device() -> None:
    """C11, D13: POST, PUT, PATCH and DELETE; the connection goes on, and what came as their body goes nowhere."""
    gate = HttpFilter(VIEW)
    for method in (b"POST", b"PUT", b"PATCH"):
        for body in (post("/set", b"setpoint=9"), post("/set", b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") + b"3\r\na=9\r\n0\r\n\r\n"):  # fmt: skip
            (answer,) = gate.from_vendor(body.replace(b"POST", method))
            assert isinstance(answer, Answer)
            assert answer.code == "http_method_not_permitted"
            assert (
                answer.sentence == f"The permit is not for this, which is to operate: {method.decode()} /set."
            )
            assert answer.data.startswith(b"HTTP/1.1 403 Forbidden\r\n")
            assert b"penstock: refused [http_method_not_permitted]" in answer.data
    assert codes(gate.from_vendor(b"DELETE /set HTTP/1.1\r\nHost: a\r\n\r\n")) == [
        "http_method_not_permitted"
    ]
    assert b"<!doctype html>" in shown(gate.from_vendor(post("/set", b"", "Accept: text/html,*/*;q=0.8")))
    assert reached(gate.from_vendor(get("/"))).startswith(b"GET / ")


def test_under_operate_a_body_goes_on_as_it_comes_and_nothing_follows_it() -> None:
    """C15: a server that leaves a body unread would take what is in it for the next request."""
    gate = HttpFilter(OPERATE)
    whole = post("/set", b"GET /admin HTTP/1.1\r\nHost: a\r\n\r\n")
    sent = [one for at in range(len(whole)) for one in gate.from_vendor(whole[at : at + 1])]
    assert len(sent) > 20, "byte by byte, not gathered"
    found = requests(reached(sent))
    assert found == [(b"POST", b"/set", b"GET /admin HTTP/1.1\r\nHost: a\r\n\r\n")]
    assert b"Connection: close\r\n" in reached(sent)
    assert b"Connection: close\r\n" in shown(gate.from_asset(PAGE))
    assert reached(gate.from_vendor(get("/next"))) == b""
    assert codes(gate.from_asset(PAGE)) == ["http_unasked"]


def test_chunks_are_made_anew_and_what_is_hung_onto_them_goes_no_further() -> None:
    gate = HttpFilter(OPERATE)
    chunked = WITH_BODY.encode() + b"Transfer-Encoding: chunked\r\nTrailer: Host\r\n\r\n"
    chunked += b'3;a="b"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nHost: evil\r\n\r\n'
    sent = reached(gate.from_vendor(chunked))
    assert requests(sent) == [(b"POST", b"/set", b"3\r\nabc\r\na\r\n0123456789\r\n")]
    assert b"evil" not in sent


@for_each(
    "body",
    [
        b"3\nabc\n0\n\n",
        b"3\r\nabcX\r\n0\r\n\r\n",
        b"3\r\nabc0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"+3\r\nabc\r\n0\r\n\r\n",
        b"-1\r\nabc\r\n0\r\n\r\n",
        b" 3\r\nabc\r\n0\r\n\r\n",
        b"3\rabc\r\n0\r\n\r\n",
        b"fffffffffffffffffffff\r\n",
        b"\r\nabc",
        b"0\r\nX\r\n\r\n",
        b'3;a="\r\nabc\r\n0\r\n\r\n',
        b"3 \r\nabc\r\n0\r\n\r\n",
        b"0\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
def test_a_body_in_chunks_that_have_two_readings_ends_the_connection(body: bytes) -> None:
    """C15: and the device sees no more than the beginning of one request, which is then cut off."""
    gate = HttpFilter(OPERATE)
    head = WITH_BODY.encode() + b"Transfer-Encoding: chunked\r\n\r\n"
    sent = list(gate.from_vendor(head + body + b"\r\n" * 9000))
    assert codes(sent)[-1:] == ["http_malformed"]
    assert reached(sent).count(b"HTTP/1.1\r\n") == 1
    assert not list(gate.from_vendor(get("/")))


@for_each("head", TWO_READINGS)
def test_of_what_has_two_readings_the_device_learns_nothing(head: bytes) -> None:
    """C15: it is answered 400 and the connection ends, wherever it was cut, and whatever hides behind it."""
    for cut in (0, 1, len(head) // 2, len(head)):
        gate = HttpFilter(frozenset(Action))
        data = head + b"hello" + get("/admin")
        sent = [*gate.from_vendor(data[:cut]), *gate.from_vendor(data[cut:])]
        assert reached(sent) == b""
        assert codes(sent) == ["http_malformed", "http_malformed"]
        assert shown(sent).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_two_requests_at_once_end_the_connection_and_only_the_first_went_in() -> None:
    gate = HttpFilter(VIEW)
    sent = list(gate.from_vendor(get("/one") + get("/two")))
    assert codes(sent) == ["http_pipelined"]
    assert requests(reached(sent)) == [(b"GET", b"/one", b"")]
    gate = HttpFilter(VIEW)
    sent = list(gate.from_vendor(post("/set", b"") + get("/one")))
    assert codes(sent) == ["http_method_not_permitted"], "what was answered here is no longer open"


def test_a_head_without_an_end_is_not_waited_for() -> None:
    for piece in (1000, MOST_HEAD_BYTES * 3):
        gate = HttpFilter(VIEW)
        head = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * MOST_HEAD_BYTES * 2 + b"\r\n\r\n"
        sent = [one for at in range(0, len(head), piece) for one in gate.from_vendor(head[at : at + piece])]
        assert (codes(sent), reached(sent)) == (["http_malformed", "http_malformed"], b"")


def test_limits_name_methods_and_paths_and_nothing_else_is_asked() -> None:
    """D13: what is named is all there is."""
    limits = tuple(limits_of(["http use GET /status/*", "http use POST /set"]))
    gate = HttpFilter(OPERATE, limits)
    for asked, code in (
        (get("/status/tank?x=/admin"), ""),
        (get("/statu%73/tank"), ""),
        (get("/admin"), "http_path_not_permitted"),
        (get("/Status/tank"), "http_path_not_permitted"),
        (get("/set"), "http_path_not_permitted"),
        (get("/status/..;/admin"), "http_path_ambiguous"),
        (get("/status/%2e%2e/admin"), "http_path_ambiguous"),
        (post("/set/x", b"a"), "http_path_not_permitted"),
        (get("/status/").replace(b"GET", b"HEAD"), "http_path_not_permitted"),
        (post("/set", b"a"), ""),
    ):
        sent = list(gate.from_vendor(asked))
        assert codes(sent) == [code] * bool(code), asked
        if not code:
            assert reached(sent)
            assert list(gate.from_asset(PAGE))


def test_a_method_that_nobody_needs_is_answered_and_ends_the_connection() -> None:
    for method in (b"TRACE", b"CONNECT", b"PROPFIND"):
        gate = HttpFilter(frozenset(Action))
        sent = list(gate.from_vendor(get("/").replace(b"GET", method) + get("/admin")))
        assert (codes(sent), reached(sent)) == (["http_method_unknown"] * 2, b"")
        assert b"403 Forbidden" in shown(sent)


def test_who_waits_for_a_word_before_the_body_gets_the_device_s_or_a_no() -> None:
    asked = (WITH_BODY + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n").encode()
    gate = HttpFilter(OPERATE)
    assert b"Expect: 100-continue\r\n" in reached(gate.from_vendor(asked))
    assert list(gate.from_asset(b"HTTP/1.1 100 Continue\r\n\r\n")) == [
        ToVendor(b"HTTP/1.1 100 Continue\r\n\r\n")
    ]
    assert reached(gate.from_vendor(b"ab")) == b"ab"
    assert list(gate.from_asset(b"HTTP/1.1 100 Continue\r\n\r\n")) == [], "nobody waits for it"
    gate = HttpFilter(VIEW)
    (answer,) = gate.from_vendor(asked)
    assert isinstance(answer, Answer)
    assert b"Connection: close\r\n" in answer.data, (
        "a body may come or not: nothing behind it could be told apart"
    )
    assert list(gate.from_vendor(get("/"))) == []


def test_an_answer_without_a_length_is_whole_when_its_connection_ends_and_another_is_cut_off() -> None:
    gate = HttpFilter(VIEW)
    list(gate.from_vendor(get("/")))
    came = [*gate.from_asset(b"HTTP/1.0 200 OK\r\n\r\nab"), *gate.from_asset(b"c"), *gate.asset_ended()]
    assert shown(came) == (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    )
    for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", b"HTTP/1.1 200 OK\r\n"):
        gate = HttpFilter(VIEW)
        list(gate.from_vendor(get("/")))
        list(gate.from_asset(answer))
        assert list(gate.asset_ended()) == []
    assert list(HttpFilter(VIEW).asset_ended()) == []


def test_an_old_client_is_answered_to_the_end_of_its_connection() -> None:
    gate = HttpFilter(VIEW)
    assert b"Connection: close\r\n" in reached(gate.from_vendor(b"GET / HTTP/1.0\r\n\r\n"))
    came = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
    assert shown(gate.from_asset(came)) == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab"


@for_each(
    "answer",
    [
        b"220 ftp ready\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * MOST_HEAD_BYTES * 2,
    ],
)
def test_an_answer_of_two_readings_is_told_as_a_bad_gateway_and_ends_the_connection(answer: bytes) -> None:
    gate = HttpFilter(VIEW)
    list(gate.from_vendor(get("/")))
    came = list(gate.from_asset(answer))
    assert codes(came) == ["http_answer_malformed", "http_answer_malformed"]
    assert shown(came).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


def test_what_the_device_sends_unasked_reaches_nobody() -> None:
    """C15: an answer too many would be taken for that to the next request."""
    gate = HttpFilter(VIEW)
    assert codes(gate.from_asset(PAGE)) == ["http_unasked", "http_unasked"]
    gate = HttpFilter(VIEW)
    list(gate.from_vendor(get("/")))
    came = list(gate.from_asset(PAGE + PAGE))
    assert (shown(came), codes(came)) == (PAGE, ["http_unasked", "http_unasked"])
    assert list(gate.from_vendor(get("/"))) == []


def test_hints_before_an_answer_are_left_out() -> None:
    gate = HttpFilter(VIEW)
    list(gate.from_vendor(get("/")))
    came = list(gate.from_asset(b"HTTP/1.1 103 Early Hints\r\nLink: <//evil>\r\n\r\n" * 50 + PAGE))
    assert shown(came) == PAGE


def test_an_answer_that_comes_before_the_body_is_sent_ends_the_sending() -> None:
    gate = HttpFilter(OPERATE)
    asked = post("/set", b"0123456789")
    assert reached(gate.from_vendor(asked[:-5])).endswith(b"01234")
    assert b"413 " in shown(gate.from_asset(b"HTTP/1.1 413 Too big\r\nContent-Length: 0\r\n\r\n"))
    assert list(gate.from_vendor(asked[-5:])) == []


def test_the_plant_s_credential_reaches_the_device_and_not_the_recording() -> None:
    """A07: the vendor's own is dropped, and nobody is asked for one."""
    gate = HttpFilter(VIEW, (), FarEnd("a", username="hmi", password="geheim"))
    (passed,) = gate.from_vendor(get("/", "Authorization: Basic b3du"))
    assert isinstance(passed, ToAsset)
    assert passed.recorded is not None
    assert b"Authorization: Basic aG1pOmdlaGVpbQ==\r\n" in passed.data
    assert passed.recorded == passed.data.replace(b"aG1pOmdlaGVpbQ==", b"(not recorded)")
    refused = b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    assert b"authenticate" not in shown(gate.from_asset(refused)).lower()
