"""Oneself over the API: who one is here, and one's own keys, tokens and sign-ins. Nobody sees another's."""

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from broker.console.api.documents import At
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.roles import Role
from broker.console.signin.sign_ins import end_sign_ins
from broker.console.signin.tokens import end_token
from broker.people.tokens import Scope, Token
from domain.canonical import instant_text

router = api_router("me")

KeyPath = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="As the list names it.")]


class TokenDocument(BaseModel):
    """A token, without its secret."""

    key: str
    label: str
    scopes: list[Scope]
    networks: list[str]
    """In CIDR; anywhere when empty."""
    issued_at: At
    expires_at: At
    used_at: At | None
    """To the minute; null before its first use."""
    used_from: str
    this: bool
    """Whether it is the one that asks."""


class TokenList(BaseModel):
    """All that count still, newest first; twenty at most."""

    tokens: list[TokenDocument]


class Me(BaseModel):
    """Whose token it is, what the charter makes of them now, and what the token is for."""

    person: str
    name: str
    vendor: str | None
    roles: list[Role]
    token: TokenDocument


class PasskeyDocument(BaseModel):
    """A passkey that counts, or one that waits until the plant has enrolled it."""

    fingerprint: str
    """What its owner reads to the OT engineer."""
    label: str
    enrolled: bool
    at: At
    """Since when it is enrolled, or waits."""
    backup_eligible: bool
    """Whether its provider may copy it to other devices."""


class PasskeyList(BaseModel):
    """The caller's passkeys. One is registered in a browser."""

    passkeys: list[PasskeyDocument]


class SignInDocument(BaseModel):
    """A browser in which the caller is signed in."""

    name: str
    source: str
    factors: list[str]
    opened_at: At
    seen_at: At
    """To a quarter of a minute."""


class SignInList(BaseModel):
    """The one that was used last first."""

    sign_ins: list[SignInDocument] = Field(max_length=1000)


@router.get("/me", operation_id="read_me")
async def me(request: Request) -> Me:
    """Whose token this is, and what the charter makes of them now."""
    visitor = visitor_of(request)
    person = visitor.person
    assert visitor.token is not None
    return Me(
        person=person.id,
        name=person.name,
        vendor=person.vendor,
        roles=sorted(visitor.roles),
        token=_token(visitor.token, visitor.token.key),
    )


@router.get("/me/tokens", operation_id="list_my_tokens")
async def tokens(request: Request) -> TokenList:
    """The caller's tokens. One is issued in the console, or by `penstock people token`, with a one-time code."""
    visitor = visitor_of(request)
    mine = visitor.token.key if visitor.token else ""
    found = await desk_of(request).tokens.of(visitor.person.id)
    return TokenList(tokens=[_token(one, mine) for one in found])


@router.delete("/me/tokens/{key}", operation_id="end_my_token", status_code=204)
async def end_my_token(request: Request, key: KeyPath) -> Response:
    """Make one of the caller's tokens worthless at once; the one that asks, too."""
    await end_token(desk_of(request), visitor_of(request).person.id, key)
    return Response(status_code=204)


@router.get("/me/passkeys", operation_id="list_my_passkeys")
async def passkeys(request: Request) -> PasskeyList:
    """The caller's passkeys, those that count first."""
    desk, person = desk_of(request), visitor_of(request).person.id
    trust = desk.parts.trust()
    enrolled = [
        PasskeyDocument(
            fingerprint=one.fingerprint(),
            label=one.label,
            enrolled=True,
            at=instant_text(one.enrolled_at),
            backup_eligible=one.backup_eligible,
        )
        for one in trust.passkeys.get(person, ())
    ]
    waiting = [
        PasskeyDocument(
            fingerprint=one.fingerprint,
            label=one.label,
            enrolled=False,
            at=instant_text(one.registered_at),
            backup_eligible=one.backup_eligible,
        )
        for one in await desk.pending.of(person)
        if trust.owner(one.credential_id) is None
    ]
    return PasskeyList(passkeys=[*enrolled, *waiting])


@router.get("/me/sign-ins", operation_id="list_my_sign_ins")
async def sign_ins(request: Request) -> SignInList:
    """The browsers in which the caller is signed in."""
    found = await desk_of(request).browsers.of(visitor_of(request).person.id)
    return SignInList(
        sign_ins=[
            SignInDocument(
                name=one.name,
                source=one.source,
                factors=list(one.factors),
                opened_at=instant_text(one.opened_at),
                seen_at=instant_text(one.seen_at),
            )
            for one in found
        ]
    )


@router.delete("/me/sign-ins/{key}", operation_id="end_my_sign_in", status_code=204)
async def end_my_sign_in(request: Request, key: KeyPath) -> Response:
    """Sign the caller out in one browser, now."""
    await end_sign_ins(desk_of(request), visitor_of(request), key)
    return Response(status_code=204)


def _token(one: Token, mine: str) -> TokenDocument:
    return TokenDocument(
        key=one.key,
        label=one.label,
        scopes=sorted(one.scopes),
        networks=list(one.networks),
        issued_at=instant_text(one.issued_at),
        expires_at=instant_text(one.expires_at),
        used_at=None if one.used_at is None else instant_text(one.used_at),
        used_from=one.used_from,
        this=one.key == mine,
    )
