import pytest

from broker.conduits.far_end import FarEnd
from broker.conduits.http.heads import Malformed, Unknown, request_of
from broker.conduits.http.requests import Asked, Refusal, read
from domain.access import Action
from tests.for_each import for_each

END = FarEnd("hmi.plant.example:8080")


def asked(
    line: str, *fields: str, host: str = "localhost:8080", end: FarEnd = END
) -> Asked | Malformed | Unknown | Refusal:
    head = "".join(f"{one}\r\n" for one in (f"{line} HTTP/1.1", f"Host: {host}", *fields, "")).encode()
    said = request_of(head)
    return said if isinstance(said, Malformed | Unknown) else read(said[0], end)


def test_what_is_asked_is_a_method_and_a_path_in_its_one_form() -> None:
    said = asked("GET /%73tatus/tank?unit=%33&x=/../")
    assert isinstance(said, Asked)
    assert (said.method, said.path, said.query) == ("GET", "/status/tank", "unit=%33&x=/../")
    assert said.target == b"/status/tank?unit=%33&x=/../"
    assert (str(said), said.action, said.body, said.last) == ("GET /status/tank", Action.VIEW, False, False)


def test_behind_a_body_or_a_last_word_nothing_follows() -> None:
    for line, fields, body, last, expects in (
        ("POST /set", ("Content-Length: 3",), True, True, False),
        ("POST /set", ("Content-Length: 0",), False, False, False),
        ("PUT /set", ("Transfer-Encoding: chunked", "Expect: 100-Continue"), True, True, True),
        ("POST /set", ("Expect: 100-continue",), False, False, False),
        ("PATCH /set", ("Content-Length: 3", "Expect: something"), True, True, False),
        ("GET /", ("Connection: keep-alive, Close",), False, True, False),
    ):
        said = asked(line, *fields)
        assert isinstance(said, Asked)
        assert (said.body, said.last, said.expects) == (body, last, expects), line


@for_each(
    "line, fields",
    [
        ("GET http://localhost:8080/", ()),
        ("GET https://other/", ()),
        ("OPTIONS *", ()),
        ("GET localhost", ()),
        ("GET /a#b", ()),
        ("GET /a\xe4", ()),
        ("GET /" + "a" * 9000, ()),
        ("GET /", ("Content-Length: 5",)),
        ("HEAD /", ("Transfer-Encoding: chunked",)),
        ("DELETE /a", ("Content-Length: 1",)),
        ("POST /", ("Content-Length: 5", "Transfer-Encoding: chunked")),
    ],
)
def test_what_has_two_readings_ends_the_connection(line: str, fields: tuple[str, ...]) -> None:
    """C15: absolute and asterisk form, a fragment, and a body where servers differ about whether there is one."""
    assert isinstance(asked(line, *fields), Malformed)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "PRI", "PURGE"])
def test_a_method_that_nobody_needs_here_is_unknown(method: str) -> None:
    assert asked(f"{method} /") == Unknown(method)


@for_each(
    "line, fields, host, code",
    [
        ("GET /a/../b", (), "localhost", "http_path_ambiguous"),
        ("GET /%2e%2e/b", (), "localhost", "http_path_ambiguous"),
        ("GET //evil.example/", (), "localhost", "http_path_ambiguous"),
        ("GET /", (), "evil.example", "http_host_not_permitted"),
        ("GET /", (), "evil.example:8080", "http_host_not_permitted"),
        ("GET /", (), "localhost@evil.example", "http_host_not_permitted"),
        ("GET /", (), "", "http_host_not_permitted"),
        ("GET /", ("Upgrade: websocket", "Connection: Upgrade"), "localhost", "http_upgrade_not_permitted"),
        ("GET /", ("Upgrade: h2c, WebSocket",), "localhost", "http_upgrade_not_permitted"),
        ("POST /", ("X-HTTP-Method-Override: DELETE",), "localhost", "http_override_not_permitted"),
        ("GET /", ("x-original-url: /admin",), "localhost", "http_override_not_permitted"),
        ("GET /", ("X-Rewrite-URL: /admin",), "localhost", "http_override_not_permitted"),
        ("POST /", ("Origin: http://evil.example",), "localhost", "http_origin_not_permitted"),
        ("POST /", ("Origin: null",), "localhost", "http_origin_not_permitted"),
        ("POST /", ("Origin: http://localhost:3000",), "localhost", "http_origin_not_permitted"),
        ("POST /", ("Origin: http://localhost", "Origin: http://localhost"), "localhost", "http_origin_not_permitted"),
        ("GET /", ("Origin: http://evil.example",), "localhost", "http_origin_not_permitted"),
        ("GET /", ("Sec-Fetch-Site: cross-site",), "localhost", "http_origin_not_permitted"),
        ("GET /", ("Sec-Fetch-Site: same-site",), "localhost", "http_origin_not_permitted"),
    ],
)  # fmt: skip
def test_what_comes_from_elsewhere_or_means_another_is_refused(
    line: str, fields: tuple[str, ...], host: str, code: str
) -> None:
    """C15: a page of somebody else's in the vendor's browser does not reach the device through the vendor's tunnel."""
    said = asked(line, *fields, host=host)
    assert isinstance(said, Refusal)
    assert said.code == code
    assert said.sentence.endswith(".")


def test_the_near_end_of_a_tunnel_may_be_called_by_any_name_that_is_nobody_s_in_the_world() -> None:
    for host in ("localhost", "localhost:10080", "127.0.0.1:80", "[::1]:10080", "10.20.0.7", "plc-07", "a.localhost", "HMI.plant.example"):  # fmt: skip
        fields = (f"Origin: http://{host}", "Sec-Fetch-Site: same-origin")
        assert isinstance(asked("POST /set", *fields, host=host), Asked), host
    assert isinstance(asked("GET /", "Upgrade: h2c"), Asked)
