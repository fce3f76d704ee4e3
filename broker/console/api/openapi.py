"""The API's own description (OpenAPI 3.1), made of its routes and of the table of doors; it tells nothing of a plant."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from broker.console.access import ACCESS, Door, Row
from broker.console.api.documents import Fault, Problem
from broker.console.api.headers import JSON
from broker.console.api.problems import API, PROBLEM
from broker.people.tokens import Scope

TITLE = "Penstock"
ABOUT = """Vendor remote access to industrial plants: permits, live sessions, evidence.

A token names one person and what it is for (its scopes). The plant's charter says at every request what that person may;
nothing here is wider than the console's pages. **No token approves anything**: an approval carries a one-time code or a
signature besides.

Every no is problem details (RFC 9457) whose `code` never changes meaning. Lists come in parts: follow `next`. A reading has
an `ETag`; send it as `If-None-Match` to read again, and as `If-Match` with a decision that rests on it. Send an
`Idempotency-Key` with every write, and the same again when its answer was lost.
"""
TAGS = {
    "about the API": "What holds for all of it.",
    "me": "Oneself: tokens, passkeys, sign-ins.",
    "permits": "From the wish to its end: ask, read, decide.",
    "charter": "What the plant has written down, and where nobody may decide.",
    "assurance": "How the controls stand, and what the board reads.",
    "break-glass": "What was opened past an absent holder, and its review.",
    "sessions": "What is live: read, watch, pause, stop.",
    "plant": "Operating states and the kill switch.",
    "company": "A vendor's own people.",
    "standing": "What holders have agreed to beforehand. Written and signed in the console, by passkey.",
    "files": "Vendors' files: what waits, what was found, and releasing or refusing one.",
    "retention": "What may go, what is due and what is held; deletion by two persons.",
    "applications": "Companies that ask to be known.",
    "notices": "What one is told.",
    "evidence": "The ledger, and sessions that were.",
}

_SAID = {
    304: "It reads as the `If-None-Match` says.",
    400: "The request, or a header of it, can't be read.",
    401: "No token, or nobody's.",
    403: "Not yours, not in the token's scopes, or a rule says no.",
    404: "There is nothing of this name that concerns you.",
    406: "The `Accept` leaves out what this answers with.",
    409: "Somebody, or the clock, was faster.",
    412: "What you read has changed since.",
    413: "The request is longer than 64 KiB.",
    415: "The body is not JSON.",
    422: "The request does not fit; `faults` says where.",
    429: "Too many at once.",
    500: "A fault of the console's own.",
    503: "What this leans on does not answer, or no evidence can be kept; nothing was done.",
}
_ALWAYS = (400, 401, 403, 404, 406, 422, 429, 500, 503)
_OF_A_WRITE = (409, 412, 413, 415)

_HEADERS: Mapping[str, dict[str, Any]] = {
    "ETag": {"description": "Names this reading (RFC 9110).", "schema": {"type": "string"}},
    "Link": {"description": "Where a list goes on (RFC 8288).", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` where this was answered before.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
_SENT: Mapping[str, dict[str, Any]] = {
    "If-None-Match": {
        "description": "Validators of readings that you have: 304 when one of them holds still.",
        "schema": {"type": "string"},
        "example": '"3f1c9c9a6d0b4e7f8a2b5c6d7e8f9a0b"',
    },
    "If-Match": {
        "description": "The `ETag` of what you decide upon: 412 when it reads otherwise by now.",
        "schema": {"type": "string"},
        "example": '"3f1c9c9a6d0b4e7f8a2b5c6d7e8f9a0b"',
    },
    "Idempotency-Key": {
        "description": "A text of your own for this deed: the same again within a day gives the same answer, and does nothing.",
        "schema": {"type": "string", "pattern": r'^("[ !#-\[\]-~]{1,128}"|[A-Za-z0-9._~+/=:-]{1,128})$'},
        "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    },
}


class Described(FastAPI):
    """An application that describes its API so; worked out once."""

    def openapi(self) -> dict[str, Any]:
        """The document."""
        if self.openapi_schema is None:
            self.openapi_schema = described(self)
        return self.openapi_schema


def described(app: FastAPI) -> dict[str, Any]:
    """What the routes say of themselves, and what holds for all of them."""
    document = get_openapi(
        title=TITLE,
        version=app.version,
        description=ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Fault"] = Fault.model_json_schema(ref_template="#/components/schemas/{model}")
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    problem.pop("$defs", None)
    schemas["Problem"] = problem
    components["responses"] = dict(_problems())
    components["headers"] = dict(_HEADERS)
    components["parameters"] = {
        name: {"name": name, "in": "header", "required": False, **each} for name, each in _SENT.items()
    }
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of one's own, from the console's page “My tokens” or `penstock people token`. Scopes: "
            + "; ".join(f"`{scope}`" for scope in Scope)
            + ".",
        }
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(operation, method.upper(), path)
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each of a document's operations: its method, its path and what is said of it."""
    for path, found in document["paths"].items():
        for method, operation in found.items():
            yield method.upper(), path, operation


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    row = ACCESS[method, path]
    lines = (operation.get("description") or "").strip()
    operation["summary"] = re.split(r"\.\s|; |: ", lines)[0].strip(".")
    operation["description"] = f"{lines}\n\n{_who(row)}".strip()
    if row.door is Door.TOKEN:
        operation["security"] = [{"token": [str(row.scope)]}]
    reads = method == "GET"
    sent = ["If-None-Match"] if reads and _gives_json(operation) else []
    if not reads:
        sent = ["Idempotency-Key", *(["If-Match"] if _conditional(method, path) else [])]
    parameters = [{"$ref": f"#/components/parameters/{name}"} for name in sent if row.door is Door.TOKEN]
    if parameters:
        operation["parameters"] = [*operation.get("parameters", []), *parameters]
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["description"] = "Done." if not reads else "What was asked for."
            for kind, content in answer.get("content", {}).items():
                if kind != JSON:
                    content.clear()  # FastAPI says a string; a stream and a zip are none
            answer["headers"] = {
                name: {"$ref": f"#/components/headers/{name}"} for name in _given(operation, reads=reads)
            }
    told = [*_ALWAYS, *(() if reads else _OF_A_WRITE)]
    if sent == ["If-None-Match"]:
        operation["responses"]["304"] = {"description": _SAID[304]}
    for status in sorted(told):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}


def _who(row: Row) -> str:
    if row.door is not Door.TOKEN:
        return "For anybody; no token is looked at."
    who = "anybody who is known" if row.roles is None else ", ".join(sorted(row.roles))
    return f"For: {who}. Scope: `{row.scope}`."


def _gives_json(operation: Mapping[str, Any]) -> bool:
    return JSON in operation["responses"].get("200", {}).get("content", {})


def _conditional(method: str, path: str) -> bool:
    """Whether a write can be tied to what was read."""
    return path.startswith(f"{API}/permits/{{permit}}/") or (method == "PUT" and path.endswith("/choices"))


def _given(operation: Mapping[str, Any], *, reads: bool) -> Iterable[str]:
    if not reads:
        return ["Idempotency-Replayed"]
    listed = any(one.get("name") == "cursor" for one in operation.get("parameters", []))
    return [*(["ETag"] if _gives_json(operation) else []), *(["Link"] if listed else [])]


def _problems() -> Iterator[tuple[str, dict[str, Any]]]:
    for status, said in _SAID.items():
        if status >= 400:
            schema = {"$ref": "#/components/schemas/Problem"}
            yield str(status), {"description": said, "content": {PROBLEM: {"schema": schema}}}
