from broker.conduits.far_end import FarEnd
from broker.conduits.http.fields import Head, by_name, reason_of, to_asset, to_vendor

END = FarEnd("10.20.0.7:8080")
HELD = FarEnd("10.20.0.7", secure=True, username="hmi", password="geheim")


def head_of(*lines: str, status: int = 0) -> Head:
    parted = [line.partition(": ") for line in lines]
    fields = [(name.encode(), value.encode()) for name, _, value in parted]
    return Head("1.1", fields, by_name(fields), status=status)


def went(*fields: str, end: FarEnd = END, expects: bool = False, last: bool = False) -> list[str]:
    request = head_of("Host: localhost:8080", *fields)
    sent, shown = to_asset(request, end, expects=expects, last=last)
    assert ("geheim" in repr(shown)) is False
    return [f"{name.decode()}: {value.decode()}" for name, value in sent]


def came(*fields: str, status: int = 200, end: FarEnd = END, last: bool = False) -> list[str]:
    answer = head_of(*fields, status=status)
    return [f"{name.decode()}: {value.decode()}" for name, value in to_vendor(answer, end, last=last)]


def test_the_device_is_asked_by_its_own_name_and_told_nothing_of_who_stands_between() -> None:
    kept = ["Cookie: a=b", "X-Requested-With: XMLHttpRequest", "Content-Type: text/plain", "If-None-Match: x"]
    assert went(
        *kept, "X-Forwarded-For: 10.1.1.1", "Forwarded: for=1", "Via: 1.1 x", "X-Real-IP: 1", "TE: trailers", "Keep-Alive: 5",
        "Connection: keep-alive, X-Secret", "X-Secret: 1", "Proxy-Authorization: x", "Trailer: x", "Upgrade: h2c",
        "HTTP2-Settings: x", "X_Forwarded_For: 1", "Transfer_Encoding: chunked", "Expect: else", "Accept-Encoding: gzip",
    ) == ["Host: 10.20.0.7:8080", *kept, "Accept-Encoding: identity"]  # fmt: skip


def test_a_length_stays_whatever_a_field_calls_of_one_connection_only() -> None:
    fields = ["Content-Length: 3", "Connection: content-length, host"]
    assert went(*fields, last=True) == [
        "Host: 10.20.0.7:8080", "Content-Length: 3", "Accept-Encoding: identity", "Connection: close"
    ]  # fmt: skip


def test_where_a_page_was_from_is_said_in_the_device_s_own_words() -> None:
    assert went("Origin: http://localhost:8080", "Referer: http://localhost:8080/a?b") == [
        "Host: 10.20.0.7:8080", "Accept-Encoding: identity",
        "Origin: http://10.20.0.7:8080", "Referer: http://10.20.0.7:8080/a?b",
    ]  # fmt: skip
    assert went("Origin: http://other", "Referer: http://localhost:80801/", expects=True)[2:] == [
        "Expect: 100-continue"
    ]


def test_the_plant_s_credential_goes_in_the_vendor_s_place_and_neither_is_recorded() -> None:
    """A07: what signs in is in no recording."""
    signed = went("Authorization: Basic b3duOm93bg==", end=HELD)
    assert signed[-1] == "Authorization: Basic aG1pOmdlaGVpbQ=="
    assert sum("Authorization" in one for one in signed) == 1
    assert went("Authorization: Bearer own")[-1] == "Authorization: Bearer own"
    request = head_of("Host: localhost", "Authorization: Bearer own")
    for end in (END, HELD):
        shown = to_asset(request, end, expects=False, last=False)[1]
        assert shown[-1][1] in {b"Bearer (not recorded)", b"Basic (not recorded)"}


def test_an_answer_says_nothing_to_the_whole_of_the_vendor_s_machine() -> None:
    kept = ["Content-Type: text/html", "Content-Length: 3", "Set-Cookie: a=b", "Set-Cookie: c=d"]
    dropped = [
        "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Upgrade: h2c", "Alt-Svc: h3=x", "X: a\x01b",
        "Strict-Transport-Security: max-age=1", "Clear-Site-Data: x", "Proxy-Authenticate: x",
    ]  # fmt: skip
    assert came(*kept, *dropped, last=True) == [*kept, "Connection: close"]
    assert came("WWW-Authenticate: Basic") == ["WWW-Authenticate: Basic"]
    assert came("WWW-Authenticate: Basic", end=HELD) == []


def test_an_answer_says_its_length_once_and_where_it_has_one() -> None:
    assert came("Content-Length: 3", "Transfer-Encoding: chunked") == ["Transfer-Encoding: chunked"]
    assert came("Content-Length: 3", status=204) == []
    assert came("Content-Length: 3", "Transfer-Encoding: chunked", status=304) == []


def test_a_redirect_to_the_device_leads_back_through_the_tunnel_and_another_stays_a_text() -> None:
    for said, told in (
        ("http://10.20.0.7:8080/login?x", "/login?x"),
        ("HTTP://10.20.0.7:8080", "/"),
        ("https://10.20.0.7:8080/", "/"),
        ("/login", "/login"),
        ("http://10.20.0.7:80801/", "http://10.20.0.7:80801/"),
        ("http://10.20.0.8:8080/", "http://10.20.0.8:8080/"),
        ("http://10.20.0.7:8080@evil.example/", "http://10.20.0.7:8080@evil.example/"),
        ("//evil.example/", "//evil.example/"),
    ):
        assert came(f"Location: {said}", status=302) == [f"Location: {told}"]


def test_a_status_has_the_standard_s_words_and_never_the_device_s() -> None:
    assert (reason_of(404), reason_of(299)) == (b"Not Found", b"")
