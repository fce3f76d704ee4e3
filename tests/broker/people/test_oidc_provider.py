"""A provider that lies, stalls and floods, over real connections: each refused with a code, and in bounded time."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import RSAKey

from broker.people.oidc_fetch import LONGEST_ANSWER_BYTES
from broker.people.oidc_provider import AGAIN_AFTER, BREATH, KEPT_FOR, Place, Provider
from broker.people.proven import Proven
from domain.errors import ProofError
from tests.clock import FrozenClock
from tests.provider.lying import (
    CLIENT,
    NONCE,
    SECRET,
    SUBJECT,
    Liar,
    claims,
    demands,
    http,
    logout_claims,
    lying_provider,
    signed,
    signing_key,
)

HERE = "https://localhost:8443"
VERIFIER = "v" * 43
METADATA = "/.well-known/openid-configuration"
BIG = b'{"x": "' + b"x" * LONGEST_ANSWER_BYTES + b'"}'


def provider(liar: Liar, clock: FrozenClock, *, timeout_s: float = 5, **more: Any) -> Provider:
    hosts = more.pop("hosts", ())
    place = Place(
        demands(liar.issuer, **more), "Plant ID", SECRET, "client_secret_basic", HERE, hosts, timeout_s
    )
    return Provider(place, ssl.create_default_context(), clock)


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    async with lying_provider() as one:
        yield one


async def redeemed(one: Provider, **answer: str) -> Proven:
    return await one.redeem({"code": "c0de"} | answer, nonce=NONCE, verifier=VERIFIER)


async def code_of(one: Provider, **answer: str) -> str:
    with pytest.raises(ProofError) as caught:
        await redeemed(one, **answer)
    assert SECRET not in str(caught.value)
    return caught.value.code


async def test_a_browser_is_sent_with_state_nonce_and_challenge_and_the_code_is_redeemed_with_the_verifier(
    liar: Liar, clock: FrozenClock
) -> None:
    one = provider(liar, clock, acr_values=("a", "b"), longest_age_s=600)
    sent = dict(parse_qsl(urlsplit(await one.begin("st", NONCE, VERIFIER)).query))
    assert sent == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": f"{HERE}/sign-in/provider/back",
        "scope": "openid",
        "state": "st",
        "nonce": NONCE,
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
        "acr_values": "a b",
        "max_age": "600",
    }
    proven = await redeemed(provider(liar, clock))
    assert proven.binding.subject == SUBJECT
    _path, headers, form = next(one for one in liar.asked if one[0] == "/token")
    assert form == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "code_verifier": VERIFIER,
        "redirect_uri": f"{HERE}/sign-in/provider/back",
    }
    assert headers["authorization"].startswith("Basic ")
    assert headers["accept-encoding"] == "identity"
    assert SECRET not in str(form)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"metadata": {"issuer": "https://evil.example"}}, "oidc_issuer", id="metadata of another"),
        pytest.param({"metadata": {"issuer": None}}, "oidc_issuer", id="metadata of nobody"),
        pytest.param({"metadata": {"token_endpoint": "https://evil.example/token"}}, "oidc_endpoint", id="tokens elsewhere"),
        pytest.param({"metadata": {"jwks_uri": "https://evil.example/keys"}}, "oidc_endpoint", id="keys elsewhere"),
        pytest.param({"metadata": {"authorization_endpoint": "javascript:alert(1)"}}, "oidc_endpoint", id="a script"),
        pytest.param({"metadata": {"end_session_endpoint": "https://evil.example"}}, "oidc_endpoint", id="goodbye elsewhere"),
        pytest.param({"metadata": {"token_endpoint": "http://127.0.0.1@evil.example/"}}, "oidc_endpoint", id="a host in disguise"),
        pytest.param({"metadata": {"jwks_uri": None}}, "oidc_endpoint", id="no keys"),
        pytest.param({"metadata": {"code_challenge_methods_supported": ["plain"]}}, "oidc_no_pkce", id="no PKCE"),
        pytest.param({"raw": {METADATA: http(b"<html>")}}, "oidc_not_understood", id="metadata is a page"),
        pytest.param({"raw": {METADATA: http(b"[]")}}, "oidc_not_understood", id="metadata is a list"),
        pytest.param({"raw": {METADATA: http(BIG)}}, "oidc_not_understood", id="metadata has no end"),
        pytest.param({"raw": {METADATA: http(b"{}", status="500 Oh")}}, "oidc_not_understood", id="metadata fails"),
        pytest.param({"raw": {METADATA: http(b"", status="302 Found", location="https://evil.example/")}}, "oidc_not_understood", id="metadata has moved"),
        pytest.param({"raw": {METADATA: http(b"\x1f\x8b", content_encoding="gzip")}}, "oidc_not_understood", id="metadata is packed"),
        pytest.param({"raw": {METADATA: b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"}}, "oidc_away", id="metadata is cut off"),
        pytest.param({"raw": {METADATA: b"SSH-2.0-OpenSSH\r\n"}}, "oidc_away", id="no HTTP at all"),
        pytest.param({"hang": {METADATA}}, "oidc_slow", id="metadata never comes"),
        pytest.param({"raw": {"/keys": http(b'{"keys": []}')}}, "oidc_no_key", id="no key"),
        pytest.param({"raw": {"/keys": http(BIG)}}, "oidc_not_understood", id="keys have no end"),
        pytest.param({"hang": {"/keys"}}, "oidc_slow", id="keys never come"),
        pytest.param({"hang": {"/token"}}, "oidc_slow", id="a token never comes"),
        pytest.param({"raw": {"/token": http(BIG)}}, "oidc_not_understood", id="a token has no end"),
        pytest.param({"raw": {"/token": http(b"id_token=x", content_type="text/plain")}}, "oidc_not_understood", id="a token is no JSON"),
        pytest.param({"raw": {"/token": http(b"[1]")}}, "oidc_not_understood", id="a token is a list"),
        pytest.param({"raw": {"/token": http(b"[" * 100_000)}}, "oidc_not_understood", id="a token is deep"),
        pytest.param({"raw": {"/token": http(b"{}", status="503 Later")}}, "oidc_not_understood", id="tokens are out"),
        pytest.param({"raw": {"/token": http(b'{"error": "invalid_grant"}', status="400 Bad")}}, "oidc_code", id="the code is used up"),
        pytest.param({"raw": {"/token": http(b'{"error": {"a": 1}}', status="400 Bad")}}, "oidc_not_understood", id="an error that is none"),
        pytest.param({"raw": {"/token": http(b'{"access_token": "x", "token_type": "Bearer"}')}}, "oidc_not_understood", id="a token names nobody"),
        pytest.param({"id_claims": {"nonce": "x" * 43}}, "oidc_nonce", id="nonce of another attempt"),
        pytest.param({"id_claims": {"iss": "https://evil.example"}}, "oidc_issuer", id="token of another"),
    ],
)  # fmt: skip
async def test_a_provider_that_lies_is_refused(given: dict[str, Any], code: str, clock: FrozenClock) -> None:
    async with lying_provider(**given) as liar:
        one = provider(liar, clock, timeout_s=0.2 if "hang" in given else 5)
        assert await code_of(one) == code
        assert [
            path for path, _headers, _form in liar.asked if path not in {METADATA, "/keys", "/token"}
        ] == []


async def test_an_answer_of_another_provider_is_a_mix_up_before_any_code_is_sent(
    liar: Liar, clock: FrozenClock
) -> None:
    """The code would go to whoever is in the middle (RFC 9700 section 4.4)."""
    one = provider(liar, clock)
    assert await code_of(one, iss="https://evil.example") == "oidc_mix_up"
    assert (await redeemed(one, iss=liar.issuer)).sid == "sid-1"
    async with lying_provider(metadata={"authorization_response_iss_parameter_supported": True}) as strict:
        assert await code_of(provider(strict, clock)) == "oidc_mix_up"
        assert "/token" not in {path for path, _headers, _form in strict.asked}


@pytest.mark.parametrize(
    "answer", [{"error": "access_denied"}, {"error": "x", "code": "c0de"}], ids=["no", "both"]
)
async def test_a_no_of_the_provider_is_a_no(liar: Liar, clock: FrozenClock, answer: dict[str, str]) -> None:
    assert await code_of(provider(liar, clock), **answer) == "oidc_refused"
    assert "/token" not in {path for path, _headers, _form in liar.asked}


@pytest.mark.parametrize("code", ["", "x" * 3000, "a\nb"])
async def test_what_can_be_no_code_is_not_sent(liar: Liar, clock: FrozenClock, code: str) -> None:
    assert await code_of(provider(liar, clock), code=code) == "oidc_not_understood"
    assert "/token" not in {path for path, _headers, _form in liar.asked}


async def test_endpoints_may_be_on_a_host_that_the_settings_name(liar: Liar, clock: FrozenClock) -> None:
    liar.metadata["authorization_endpoint"] = "https://pages.example/auth"
    with pytest.raises(ProofError):
        await provider(liar, clock).begin("st", NONCE, VERIFIER)
    named = provider(liar, clock, hosts=("pages.example",))
    assert (await named.begin("st", NONCE, VERIFIER)).startswith("https://pages.example/auth?")


async def test_a_new_key_is_found_once_a_minute_and_a_made_up_one_asks_no_more_often(
    liar: Liar, clock: FrozenClock
) -> None:
    one = provider(liar, clock)
    await redeemed(one)
    fetched = lambda: [path for path, _headers, _form in liar.asked].count("/keys")  # noqa: E731
    assert fetched() == 1
    new = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    liar.key, liar.keys = new, [new.as_dict(private=False)]
    assert await code_of(one) == "oidc_signature"
    assert fetched() == 1, "a minute has not passed"
    clock.advance(AGAIN_AFTER)
    liar.now = clock.now()
    assert (await redeemed(one)).sid
    assert fetched() == 2
    liar.key = signing_key()  # which the provider has taken back
    clock.advance(AGAIN_AFTER)
    liar.now = clock.now()
    assert await code_of(one) == "oidc_signature"
    assert fetched() == 3
    clock.advance(KEPT_FOR)
    liar.key, liar.now = new, clock.now()
    await redeemed(one)
    assert fetched() == 4
    assert [path for path, _headers, _form in liar.asked].count(METADATA) == 2


async def test_a_provider_that_is_away_is_not_waited_for_by_everybody_in_turn(
    liar: Liar, clock: FrozenClock
) -> None:
    liar.hang.add(METADATA)
    one = provider(liar, clock, timeout_s=0.2)
    asked = [one.begin("st", NONCE, VERIFIER) for _ in range(20)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {one.code for one in answers if isinstance(one, ProofError)} == {"oidc_slow"}
    assert len(liar.asked) == 1
    liar.hang.clear()
    clock.advance(BREATH)
    assert await one.begin("st", NONCE, VERIFIER)


async def test_signing_out_there_asks_nobody_and_keeps_no_token(liar: Liar, clock: FrozenClock) -> None:
    one = provider(liar, clock)
    assert one.sign_out_url() is None
    await one.begin("st", NONCE, VERIFIER)
    url = urlsplit(one.sign_out_url() or "")
    assert url.path == "/end"
    assert dict(parse_qsl(url.query)) == {"client_id": CLIENT, "post_logout_redirect_uri": f"{HERE}/sign-in"}
    liar.metadata["end_session_endpoint"] = None
    clock.advance(KEPT_FOR + timedelta(seconds=1))
    await one.begin("st", NONCE, VERIFIER)
    assert one.sign_out_url() is None


async def test_a_logout_token_is_checked_by_the_same_keys(liar: Liar, clock: FrozenClock) -> None:
    one = provider(liar, clock)
    token = signed(logout_claims(liar.issuer), typ="logout+jwt")
    assert (await one.logged_out(token)).subject == SUBJECT
    for wrong in ("", "x.y.z", token[:-4] + "AAAA", signed(claims(liar.issuer))):
        with pytest.raises(ProofError):
            await one.logged_out(wrong)


async def test_what_nobody_signed_makes_the_console_ask_nobody(liar: Liar, clock: FrozenClock) -> None:
    """Anybody may call the logout's address; only what could be a token is worth a question."""
    one = provider(liar, clock)
    for wrong in ("", "x", "x.y.z", "e30.e30."):
        with pytest.raises(ProofError):
            await one.logged_out(wrong)
    assert liar.asked == []
