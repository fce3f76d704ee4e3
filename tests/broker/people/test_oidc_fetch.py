"""How much of an answer is read, and to where questions may go at all."""

import ssl

import httpx2
import pytest

from broker.people.oidc_fetch import Bounded, document, endpoint, object_in
from domain.errors import ProofError
from tests.for_each import for_each
from tests.provider.lying import http, lying_provider

ISSUER = "https://login.example/realms/plant"


@for_each(
    ("url", "passes"),
    [
        ("https://login.example/token", True),
        ("https://login.example:8443/token?tenant=1", True),
        ("https://other.example/token", True),
        ("https://login.example.evil.example/token", False),
        ("http://login.example/token", False),
        ("https://login.example/token#x", False),
        ("//login.example/token", False),
        ("https://login.example/" + "x" * 2048, False),
        (7, False),
        (None, False),
    ],
)
def test_questions_go_to_the_issuer_s_host_or_one_that_the_settings_name(url: object, passes: bool) -> None:
    metadata = {"token_endpoint": url}
    if passes:
        assert endpoint(metadata, "token_endpoint", ISSUER, ("other.example",)) == url
        return
    with pytest.raises(ProofError) as caught:
        endpoint(metadata, "token_endpoint", ISSUER, ("other.example",))
    assert caught.value.code == "oidc_endpoint"


@pytest.mark.parametrize(("size", "passes"), [(100, True), (101, False)])
async def test_an_answer_is_read_up_to_its_bound_and_not_a_byte_further(size: int, passes: bool) -> None:
    body = b'{"a": "' + b"x" * (size - 9) + b'"}'
    assert len(body) == size
    async with lying_provider(raw={"/keys": http(body)}) as liar:
        transport = Bounded(ssl.create_default_context(), 100)
        async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
            if passes:
                assert await document(client, f"{liar.issuer}/keys", "its keys", 5)
                return
            with pytest.raises(ProofError) as caught:
                await document(client, f"{liar.issuer}/keys", "its keys", 5)
            assert caught.value.code == "oidc_not_understood"


async def test_nobody_there_is_told_apart_from_nonsense() -> None:
    async with httpx2.AsyncClient(transport=Bounded(ssl.create_default_context())) as client:
        with pytest.raises(ProofError) as caught:
            await document(client, "http://127.0.0.1:1/keys", "its keys", 5)
    assert caught.value.code == "oidc_away"


def test_only_an_object_with_a_good_status_is_read() -> None:
    assert object_in(httpx2.Response(200, json={"a": 1})) == {"a": 1}
    assert object_in(httpx2.Response(400, json={"error": "x"}), (200, 400)) == {"error": "x"}
    for wrong in (
        httpx2.Response(404, json={}),
        httpx2.Response(200, json=[1]),
        httpx2.Response(200, text="x"),
    ):
        with pytest.raises(ValueError):
            object_in(wrong)
