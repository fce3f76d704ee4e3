"""Asking the identity provider, within bounds: so long, so many bytes, no redirection, no other host than agreed.

What answers may be anybody who captured the provider or its name. It may keep one request waiting for
some seconds, and that is all it gets.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2

from broker.people.oidc_claims import refusal
from policies.issuers import is_issuer

LONGEST_ANSWER_BYTES = 256 * 1024
"""A provider's metadata, its keys and a token are some kilobytes."""

LONGEST_ADDRESS = 2048


class Bounded(httpx2.AsyncBaseTransport):
    """Sends a request, and hands on no more of its answer than may come; ValueError beyond.

    An answer that is packed is refused: it may unpack to any size.
    """

    def __init__(self, context: ssl.SSLContext, longest_bytes: int = LONGEST_ANSWER_BYTES) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=context, trust_env=False)
        self._longest_bytes = longest_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["accept-encoding"] = "identity"
        answer = await self._inner.handle_async_request(request)
        if answer.headers.get("content-encoding", "identity") != "identity":
            await answer.aclose()
            raise ValueError("it is packed")
        assert isinstance(answer.stream, httpx2.AsyncByteStream)
        answer.stream = _Counted(answer.stream, self._longest_bytes)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, longest_bytes: int) -> None:
        self._stream = stream
        self._left = longest_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._left -= len(part)
            if self._left < 0:
                raise ValueError("it is too long")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextmanager
def told_apart(what: str) -> Iterator[None]:
    """Turn whatever goes wrong while asking into a ProofError with a stable code; ``what`` is what was asked for."""
    try:
        yield
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise refusal(
            "oidc_slow",
            f"The identity provider took too long over {what}.",
            "Sign in here by passkey, or later.",
        ) from error
    except (OSError, httpx2.HTTPError) as error:
        raise refusal(
            "oidc_away",
            f"The identity provider can't be asked for {what}.",
            "Sign in here by passkey, or later.",
        ) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise refusal(
            "oidc_not_understood",
            f"The identity provider's answer, {what}, is not what it must be.",
            "Have the plant's node looked at: the settings may name the wrong provider.",
        ) from error


async def document(client: httpx2.AsyncClient, url: str, what: str, timeout_s: float) -> Mapping[str, object]:
    """The JSON object at ``url``; ProofError for anything else."""
    with told_apart(what):
        async with asyncio.timeout(timeout_s):
            answer = await client.get(url, headers={"accept": "application/json"})
        return object_in(answer)


def object_in(answer: httpx2.Response, good: tuple[int, ...] = (200,)) -> Mapping[str, object]:
    """The JSON object in an answer with a ``good`` status; ValueError for any other."""
    if answer.status_code not in good:
        raise ValueError(f"status {answer.status_code}")
    found = json.loads(answer.content)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - what came over the wire has a wrong value
    return found


def endpoint(metadata: Mapping[str, object], name: str, issuer: str, hosts: tuple[str, ...]) -> str:
    """An endpoint of the provider, on the issuer's own host or one that the settings name; ProofError else.

    A captured provider must not be able to send this node's questions, and its client secret, elsewhere.
    """
    url = metadata.get(name)
    if isinstance(url, str) and len(url) <= LONGEST_ADDRESS and is_issuer(url.partition("?")[0]):
        parts = urlsplit(url)
        if not parts.fragment and (parts.hostname == urlsplit(issuer).hostname or parts.hostname in hosts):
            return url
    raise refusal(
        "oidc_endpoint",
        f"The identity provider's `{name}` is not an address that may be used.",
        "If it is right, name its host in the settings: `oidc.hosts`.",
    )
