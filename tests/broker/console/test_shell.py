import pytest
from starlette.types import Message

from broker.console.shell import POLICY, REPLAY_POLICY, BodyLimit, Headers


async def play(app, *messages: Message, kind: str = "http") -> list[Message]:  # noqa: ANN001
    given, said = list(messages), []

    async def receive() -> Message:
        return given.pop(0)

    async def send(message: Message) -> None:
        said.append(message)

    await app({"type": kind}, receive, send)
    return said


async def echo(scope, receive, send) -> None:  # noqa: ANN001
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": body})


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_up_to_the_limit_arrives_whole_however_it_was_cut() -> None:
    said = await play(BodyLimit(echo, 6), part(b"abc", more=True), part(b"def"))
    assert said[1]["body"] == b"abcdef"


@pytest.mark.parametrize("parts", [[part(b"abcdefg")], [part(b"abcd", more=True), part(b"efg", more=True)]])
async def test_one_byte_more_is_refused_before_anything_reads_it(parts: list[Message]) -> None:
    said = await play(BodyLimit(echo, 6), *parts)
    assert said[0]["status"] == 413


async def test_a_caller_who_goes_away_is_not_answered() -> None:
    assert await play(BodyLimit(echo, 6), part(b"abc", more=True), {"type": "http.disconnect"}) == []


async def test_headers_are_added_and_a_page_s_own_policy_stays() -> None:
    async def own(scope, receive, send) -> None:  # noqa: ANN001
        headers = [(b"content-security-policy", REPLAY_POLICY.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    plain = dict((await play(Headers(echo), part(b"")))[0]["headers"])
    assert plain[b"content-security-policy"].decode() == POLICY
    assert plain[b"x-own"] == b"1"
    assert (
        dict((await play(Headers(own)))[0]["headers"])[b"content-security-policy"].decode() == REPLAY_POLICY
    )


async def test_what_is_no_http_passes_by() -> None:
    async def other(scope, receive, send) -> None:  # noqa: ANN001
        await send({"type": "lifespan.startup.complete"})

    assert await play(Headers(BodyLimit(other)), kind="lifespan") == [{"type": "lifespan.startup.complete"}]


def test_no_policy_lets_text_become_code() -> None:
    assert "unsafe-inline" not in REPLAY_POLICY
    assert "'unsafe-eval'" not in REPLAY_POLICY
    assert "unsafe" not in POLICY
    assert POLICY.startswith("default-src 'none'")
