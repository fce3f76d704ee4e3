"""What surrounds every answer: size limits on what comes in, security headers on what goes out.

Nothing here decides who may do what: that is the guard's, on each route (Starlette CVE-2026-48710:
a rule hung on the URL's prefix can be talked past).
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker.console.api.problems import API, problem
from broker.console.refusals import RefusalError
from domain.said import say

LONGEST_BODY_BYTES = 64 * 1024
"""A form or a WebAuthn answer is a few kilobytes."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Pico draws its small marks from ``data:`` images in its style sheet; nothing else needs more."""

REPLAY_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
"""The player decodes terminal bytes in WebAssembly; only its own page may."""

TERMINAL_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""xterm.js writes a style sheet of its own for its colours and sizes; only a terminal's page may."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # Not no-referrer: that makes browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)",
    "strict-transport-security": "max-age=31536000",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


class Headers:
    """Adds the security headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class BodyLimit:
    """Reads a request's body before anything looks at it, and answers 413 when it is too long."""

    def __init__(self, app: ASGIApp, longest_bytes: int = LONGEST_BODY_BYTES) -> None:
        self._app = app
        self._longest_bytes = longest_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._longest_bytes:
                await _too_long(scope, receive, send)
                return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


async def _too_long(scope: Scope, receive: Receive, send: Send) -> None:
    sentence = "This request is longer than the console takes."
    answer: Response = PlainTextResponse(sentence, 413)
    if scope.get("path", "").startswith(f"{API}/"):
        answer = problem(
            RefusalError(
                413,
                "too_long",
                sentence,
                say("{longest_body_bytes} bytes are the most.", longest_body_bytes=LONGEST_BODY_BYTES),
            )
        )
    answer.headers["connection"] = "close"  # what is left of the request is not read
    await answer(scope, receive, send)
