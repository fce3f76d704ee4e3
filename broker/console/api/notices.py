"""The API's notices: what one is told, and how one wants to be told. Nobody reads another's, and nothing is decided here."""

import asyncio
from typing import Annotated

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from broker.console.api.documents import At, Strict
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router, only_if_fresh
from broker.console.desk import desk_of
from broker.console.guard import visitor_of
from broker.console.told.routes import keep_choices, outbox_of, try_notices
from broker.notices.choices import Choices
from broker.notices.deliveries import Deliveries
from broker.notices.outbox import Told
from domain.canonical import instant_text
from domain.notice import NoticeKind

router = api_router("notices")

ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]
ZoneName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+/-]{1,64}$", examples=["Europe/Amsterdam"])]


class NoticeDocument(BaseModel):
    """A few sentences and where to look."""

    number: int
    kind: NoticeKind
    at: At
    subject: str
    sentences: list[str]
    path: str
    """Of the console's page that it is about."""
    urgent: bool
    read_at: At | None
    """When one looked at it in the console; a script's look is none."""


class NoticeList(Part):
    """The caller's notices, newest first."""

    notices: list[NoticeDocument]


class QuietDocument(Strict):
    """When only alarms come: ``start`` is inside, ``end`` is not; it may pass midnight."""

    start: ClockTime
    end: ClockTime
    zone: ZoneName


class ChoicesDocument(Strict):
    """How one wants to be told besides the console's list."""

    mail: str = Field(default="", max_length=254)
    """Empty where one wants no e-mail."""
    quiet: QuietDocument | None = None
    digest: list[Annotated[NoticeKind, Field(strict=False)]] = Field(default=[], max_length=16)
    """Kinds that come once a day, in one notice; an alarm can't be left to it."""
    digest_at: ClockTime = "07:00"
    zone: ZoneName = "UTC"


@router.get("/notices", operation_id="list_notices")
async def notices(request: Request, paging: Paged) -> NoticeList:
    """What the caller was told. To read it here is no evidence that they know of it."""
    outbox, person = outbox_of(desk_of(request)), visitor_of(request).person.id
    place = paging.after(int)
    before = None if place is None else int(place[0])
    told = await asyncio.to_thread(lambda: outbox.told(person, most=paging.limit + 1, before=before))
    part = told[: paging.limit]
    more = (part[-1].number,) if len(told) > paging.limit else None
    return NoticeList(notices=[_notice(one) for one in part], next=paging.next(more))


@router.get("/notices/choices", operation_id="read_notice_choices")
async def notice_choices(request: Request) -> ChoicesDocument:
    """How the caller wants to be told."""
    deliveries = Deliveries(outbox_of(desk_of(request)))
    return _choices(await asyncio.to_thread(deliveries.choices, visitor_of(request).person.id))


@router.put("/notices/choices", operation_id="choose_notices")
async def choose_notices(request: Request, given: ChoicesDocument) -> ChoicesDocument:
    """Keep how the caller wants to be told; the ledger hears of it first."""
    only_if_fresh(request, await notice_choices(request))
    quiet = given.quiet
    await keep_choices(
        desk_of(request),
        visitor_of(request).person.id,
        {
            "mail": given.mail,
            "quiet": None if quiet is None else [quiet.start, quiet.end, quiet.zone],
            "digest": [str(one) for one in given.digest],
            "digest_at": given.digest_at,
            "zone": given.zone,
        },
    )
    return await notice_choices(request)


@router.post("/notices/test", operation_id="try_notices", status_code=204)
async def try_my_notices(request: Request) -> Response:
    """Tell the caller something by every way that they chose, to see whether it arrives."""
    await try_notices(desk_of(request), visitor_of(request).person.id)
    return Response(status_code=204)


def _notice(told: Told) -> NoticeDocument:
    one = told.notice
    return NoticeDocument(
        number=told.number,
        kind=one.kind,
        at=instant_text(one.at),
        subject=one.subject,
        sentences=list(one.sentences),
        path=one.path,
        urgent=one.urgent,
        read_at=None if told.read_at is None else instant_text(told.read_at),
    )


def _choices(found: Choices) -> ChoicesDocument:
    quiet = found.quiet
    return ChoicesDocument(
        mail=found.mail,
        quiet=None
        if quiet is None
        else QuietDocument(start=f"{quiet.start:%H:%M}", end=f"{quiet.end:%H:%M}", zone=quiet.zone),
        digest=sorted(found.digest),
        digest_at=f"{found.digest_at:%H:%M}",
        zone=found.zone,
    )
