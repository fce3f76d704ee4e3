"""An identity provider that says whatever a test wants it to: what was captured, or is broken, answers so."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import RSAKey

from broker.people.oidc_claims import LOGOUT_EVENT, Demands
from tests.clock import STARTS

CLIENT = "penstock"
SECRET = "a secret of the tests and of nothing else"
SUBJECT = "00u1"
NONCE = "n" * 43
JSON = "application/json"


@cache
def signing_key(kid: str = "one") -> RSAKey:
    """A key of the provider's, drawn once in a run."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def claims(issuer: str, now: datetime = STARTS, **changes: Any) -> dict[str, Any]:
    """What an ID token says that is right; ``None`` leaves a claim out."""
    now_s = int(now.timestamp())
    right: dict[str, Any] = {
        "iss": issuer,
        "aud": CLIENT,
        "sub": SUBJECT,
        "sid": "sid-1",
        "exp": now_s + 300,
        "iat": now_s,
        "nonce": NONCE,
    }
    return {name: value for name, value in (right | changes).items() if value is not None}


def logout_claims(issuer: str, now: datetime = STARTS, **changes: Any) -> dict[str, Any]:
    """What a logout token says that is right."""
    now_s = int(now.timestamp())
    right: dict[str, Any] = {
        "iss": issuer,
        "aud": CLIENT,
        "sub": SUBJECT,
        "sid": "sid-1",
        "iat": now_s,
        "exp": now_s + 120,
        "jti": "jti-1",
        "events": {LOGOUT_EVENT: {}},
    }
    return {name: value for name, value in (right | changes).items() if value is not None}


def signed(said: dict[str, Any], key: Any = None, **header: Any) -> str:
    """A token that says ``said``."""
    key = key or signing_key()
    head = {"alg": "RS256", "kid": key.kid} | header
    return jwt.encode(head, said, key, algorithms=[head["alg"]])


def demands(issuer: str, **changes: Any) -> Demands:
    """What a plant's settings ask of it."""
    return Demands(**({"issuer": issuer, "client_id": CLIENT} | changes))


@dataclass
class Liar:
    """Answers by path. What is not overridden is as it should be."""

    port: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=lambda: [signing_key().as_dict(private=False)])
    id_claims: dict[str, Any] = field(default_factory=dict)
    """Changes to what its ID tokens say."""
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = None
    now: datetime = STARTS
    nonce: str = NONCE
    raw: dict[str, bytes] = field(default_factory=dict)
    """Whole HTTP answers, by path."""
    tokens: Callable[[], Any] | None = None
    hang: set[str] = field(default_factory=set)
    """Paths that are never answered."""
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    """What it was asked: path, headers, form."""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> dict[str, Any]:
        """Its ID token's claims."""
        return claims(self.issuer, self.now, nonce=self.nonce) | self.id_claims

    def token(self) -> str:
        """Its ID token."""
        said = {name: value for name, value in self.said().items() if value is not None}
        return signed(said, self.key, **self.header)

    def answer(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            right = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/end",
                "code_challenge_methods_supported": ["S256"],
            }
            return {name: value for name, value in (right | self.metadata).items() if value is not None}
        if path == "/keys":
            return {"keys": self.keys}
        if path == "/token":
            if self.tokens is not None:
                return self.tokens()
            return {"access_token": "an access token", "token_type": "Bearer", "id_token": self.token()}
        return None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *rest = head.split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest) if name
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            path = line.split()[1].partition("?")[0]
            self.asked.append((path, headers, dict(parse_qsl(body.decode()))))
            if path in self.hang:
                await reader.read()
                return
            writer.write(self.raw.get(path) or _http(self.answer(path)))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _http(said: Any) -> bytes:
    if said is None:
        return http(b"{}", status="404 Not Found")
    return http(json.dumps(said).encode())


def http(body: bytes, *, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer."""
    more = {"content-type": JSON, "content-length": str(len(body)), "connection": "close"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


@asynccontextmanager
async def lying_provider(**given: Any) -> AsyncIterator[Liar]:
    """One that listens on a loopback port."""
    liar = Liar(**given)
    async with await asyncio.start_server(liar.serve, "127.0.0.1", 0) as server:
        liar.port = server.sockets[0].getsockname()[1]
        yield liar
