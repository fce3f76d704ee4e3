from broker.console.panels.heads import (
    SAID_HERE,
    Elsewhere,
    Field,
    cookie_names,
    cookie_of,
    leads_elsewhere,
    to_browser,
    to_device,
)

ORIGIN = "https://abc.pages.localhost:8443"


def asked(*fields: Field, tossed: frozenset[bytes] = frozenset()) -> list[Field]:
    (host, *others) = to_device(fields, ORIGIN, tossed)
    assert host == (b"host", b"asset")
    return others


def answered(*fields: Field, status: int = 200) -> list[Field]:
    found = to_browser(status, fields)
    assert isinstance(found, list)
    assert tuple(found[-len(SAID_HERE) :]) == SAID_HERE
    return found[: -len(SAID_HERE)]


def test_a_request_names_the_near_end_and_brings_no_cookie_that_is_not_the_device_s() -> None:
    assert asked(
        (b"host", b"abc.pages.localhost:8443"),
        (b"origin", ORIGIN.encode()),
        (b"referer", ORIGIN.encode() + b"/a?b"),
        (b"cookie", b"sid=1; __Host-penstock-page=k; __host-PENSTOCK=x; thrown=2;flag"),
        (b"connection", b"keep-alive"),
        (b"upgrade", b"websocket"),
        (b"expect", b"100-continue"),
        (b"accept", b"*/*"),
        (b"sec-fetch-site", b"cross-site"),
        tossed=frozenset({b"thrown"}),
    ) == [
        (b"origin", b"http://asset"),
        (b"referer", b"http://asset/a?b"),
        (b"cookie", b"sid=1"),
        (b"accept", b"*/*"),
        (b"sec-fetch-site", b"cross-site"),
    ]
    assert asked(
        (b"origin", b"null"), (b"referer", b"https://evil.example/"), (b"cookie", b"__Host-penstock-page=k")
    ) == [(b"origin", b"null")]


def test_what_lets_in_is_read_only_where_it_stands_once() -> None:
    assert cookie_of([(b"cookie", b"a=1; __Host-penstock-page=k")]) == "k"
    for value in (b"__Host-penstock-page=k; __Host-penstock-page=l", b"__host-penstock-page=k", b"a=1"):
        assert cookie_of([(b"cookie", value)]) == ""
    assert cookie_names([(b"cookie", b"a=1; b=2"), (b"x", b"c=3")]) == {b"a", b"b"}


def test_an_answer_brings_what_is_listed_and_nothing_that_steers_a_browser_or_a_proxy() -> None:
    passes = [(b"content-type", b"text/html"), (b"www-authenticate", b"Basic"), (b"x-csrf-token", b"1")]
    for name in (
        b"Strict-Transport-Security", b"Clear-Site-Data", b"Service-Worker-Allowed", b"Content-Security-Policy",
        b"X-Accel-Redirect", b"X-Sendfile", b"X-Frame-Options", b"Access-Control-Allow-Origin", b"Link", b"Alt-Svc",
        b"Report-To", b"NEL", b"SourceMap", b"X-SourceMap", b"Cross-Origin-Opener-Policy", b"Transfer-Encoding", b"Server",
    ):  # fmt: skip
        assert answered(*passes, (name, b"x")) == passes, name


def test_a_cookie_reaches_no_further_than_its_host() -> None:
    def kept(value: bytes) -> list[Field]:
        return answered((b"Set-Cookie", value))

    wide = (
        b"sid=1; Domain=.localhost; path=/a; SameSite=None; Max-Age=9; HTTPOnly; Partitioned; Priority=High"
    )
    assert kept(wide) == [(b"set-cookie", b"sid=1; path=/a; Max-Age=9; HTTPOnly; Secure; SameSite=Strict")]
    for value in (b"__Host-penstock-page=x", b"__HOST-Penstock=x", b"novalue", b"=x", b""):
        assert kept(value) == [], value


def test_only_a_path_leads_on() -> None:
    for address in (b"/a", b"a/b?c=//d", b"", b"?x", b"#y", b"../z"):
        assert not leads_elsewhere(address), address
        assert answered((b"Location", address), status=302) == [(b"location", address)]
    for address in (
        b"https://evil.example/",
        b"//evil.example",
        b" //evil",
        b"/\\evil",
        b"javascript:x",
        b"HTTP:/x",
        "/ä".encode(),
    ):
        assert leads_elsewhere(address), address
        assert isinstance(to_browser(302, [(b"Location", address)]), Elsewhere)
        assert answered((b"Location", address), status=201) == []
        assert answered((b"Refresh", b"0; URL='" + address + b"'")) == []
    assert answered((b"Refresh", b"5")) == [(b"refresh", b"5")]
    assert answered((b"Refresh", b"5;url=/b")) == [(b"refresh", b"5;url=/b")]
    assert answered((b"Refresh", b"soon; https://evil.example")) == []
