"""What a corporate directory sends and gets: SCIM 2.0 users (RFC 7643, RFC 7644), as far as they are needed here. Pure.

All that can be changed is ``active``, and only to false: everything else is the plant's charter.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from broker.console.refusals import RefusalError
from domain.canonical import Json
from domain.ids import PersonId
from domain.parties import Person
from policies.charter.charter import Charter

BASE = "/scim/v2"
MEDIA_TYPE = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CONFIGURATION = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"

MOST_LISTED = 200
MOST_OPERATIONS = 32
LONGEST_FILTER = 512

SCIM_TYPES = {
    "scim_filter": "invalidFilter",
    "scim_not_understood": "invalidSyntax",
    "scim_value": "invalidValue",
    "scim_read_only": "mutability",
}
"""RFC 7644 section 3.12, table 9, where it has a word for it."""

_FILTER = re.compile(r'\s*(userName|externalId|id)\s+eq\s+"([^"\\]{1,255})"\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a filter looks for: one attribute that equals one text."""

    attribute: str
    value: str


def wanted(text: str | None) -> Wanted | None:
    """The filter, None where there is none; RefusalError 400 for any that this does not know."""
    if text is None:
        return None
    found = _FILTER.fullmatch(text) if len(text) <= LONGEST_FILTER else None
    if found is None:
        raise RefusalError(
            400,
            "scim_filter",
            "This filter is not known here.",
            'Ask by: userName eq "…", externalId eq "…" or id eq "…".',
        )
    return Wanted(found[1].lower(), found[2])


def fits(person: Person, asked: Wanted | None, issuer: str) -> bool:
    """Whether a filter means this person. A user name is compared as RFC 7643 says, without regard to case."""
    if asked is None:
        return True
    if asked.attribute == "externalid":
        return bool(asked.value) and external_id(person, issuer) == asked.value
    return person.id == asked.value.lower()


def external_id(person: Person, issuer: str) -> str:
    """What the provider of the settings calls them; empty where the charter binds them to nothing there."""
    return next((one.subject for one in person.bindings if one.issuer == issuer), "")


def user(person: Person, issuer: str, origin: str, *, active: bool) -> dict[str, Json]:
    """One person as a SCIM user. No address, no number: a directory that asks knows these itself."""
    subject = external_id(person, issuer)
    return {
        "schemas": [USER],
        "id": person.id,
        **({"externalId": subject} if subject else {}),
        "userName": person.id,
        "displayName": person.name,
        "active": active,
        "meta": {"resourceType": "User", "location": f"{origin}{BASE}/Users/{person.id}"},
    }


def listed(users: Sequence[Mapping[str, Json]], start: int, count: int) -> dict[str, Json]:
    """A page of them (RFC 7644 section 3.4.2.4): ``start`` is 1 for the first."""
    shown = users[start - 1 : start - 1 + count]
    return {
        "schemas": [LIST],
        "totalResults": len(users),
        "startIndex": start,
        "itemsPerPage": len(shown),
        "Resources": list(shown),
    }


def page_of(start: str | None, count: str | None) -> tuple[int, int]:
    """From where, and how many; RefusalError 400 for what is no whole number. Less than the least means the least."""
    found = []
    for text, otherwise in ((start, 1), (count, MOST_LISTED)):
        if text is not None and not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise RefusalError(400, "scim_value", "`startIndex` and `count` are whole numbers.")
        found.append(otherwise if text is None else int(text))
    return max(found[0], 1), min(max(found[1], 0), MOST_LISTED)


def asks_for(body: Mapping[str, Json]) -> bool | None:
    """What a PATCH makes of ``active``; RefusalError 400 where it speaks of anything else alone.

    False wins: somebody who is to go is not kept because of what else was written beside it.
    """
    operations = body.get("Operations", body.get("operations"))
    if not isinstance(operations, list | tuple) or not 0 < len(operations) <= MOST_OPERATIONS:
        raise RefusalError(400, "scim_not_understood", "A PATCH has one to 32 `Operations`.")
    said = [_operation(one) for one in operations]
    if False in said:
        return False
    if True in said:
        return True
    raise read_only()


def is_active(value: Json) -> bool | None:
    """What ``active`` says; some directories write it in letters. None where it says neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def read_only() -> RefusalError:
    """The no to every other change."""
    return RefusalError(
        400,
        "scim_read_only",
        "Nothing but `active` can be changed here, and only to false.",
        "Everything else is in the plant's charter, and decided there.",
    )


def error(refusal: RefusalError) -> dict[str, Json]:
    """A no as RFC 7644 section 3.12 writes it, with this product's own stable code beside it and in its detail."""
    kind = SCIM_TYPES.get(refusal.code) if refusal.status == HTTPStatus.BAD_REQUEST else None
    found: dict[str, Json] = {
        "schemas": [ERROR],
        "status": str(refusal.status),
        "detail": f"[{refusal.code}] {refusal.sentence} {refusal.remedy}".rstrip(),
        "code": refusal.code,
    }
    return found | ({"scimType": kind} if kind else {})


def configuration(origin: str) -> dict[str, Json]:
    """What this endpoint can do (RFC 7643 section 5): little, on purpose."""
    no: Json = {"supported": False}
    return {
        "schemas": [CONFIGURATION],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST_LISTED},
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token of this console with the scope `directory`.",
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{origin}{BASE}/ServiceProviderConfig",
        },
    }


def known(charter: Charter, text: str) -> Person | None:
    """The person of this id."""
    return charter.people.get(PersonId(text))


def _operation(one: Json) -> bool | None:
    if not isinstance(one, Mapping) or not isinstance(one.get("op"), str):
        raise RefusalError(400, "scim_not_understood", "Each operation is an object with its `op`.")
    word, path, value = str(one["op"]).lower(), one.get("path"), one.get("value")
    if word not in {"replace", "add", "remove"}:
        raise RefusalError(400, "scim_not_understood", "An operation is `add`, `replace` or `remove`.")
    if word == "remove":
        return None
    if isinstance(path, str):
        return is_active(value) if path.lower() in {"active", f"{USER}:active".lower()} else None
    if isinstance(value, Mapping):
        return next((is_active(each) for name, each in value.items() if name.lower() == "active"), None)
    return None
