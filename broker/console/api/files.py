"""The API's files: what waits, what was found, and releasing or refusing one, through the pages' own functions."""

import asyncio
from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel, Field

from broker.console.api.documents import At, Reasoned, Strict, Whole
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.files.deciding import (
    ceremony_for,
    drawn_up,
    file_for,
    files_for,
    files_of,
    refuse_file,
    take_ssh,
)
from broker.console.guard import visitor_of
from broker.quarantine.release_desk import Standing
from domain.canonical import instant_text
from domain.file_release import NAMESPACE, FileStatement

router = api_router("files")

FilePath = Annotated[str, Path(max_length=64, description="The file's id.")]


class ReleaseDocument(BaseModel):
    """One person's signed yes; whether it holds is asked each time the file wants to pass."""

    by: str
    right: str
    until: At
    permit: str = Field(description="Empty: any permit over this conduit to this asset.")
    reason: str


class FileDocument(BaseModel):
    """A file of a vendor's. `state` is `held`, `released`, `refused` or `erased`; `code` says why it is held or refused."""

    id: str
    name: str
    state: str
    code: str
    at: At
    session: str
    permit: str
    person: str
    vendor: str
    asset: str
    conduit: str
    passage: str
    size: int
    sha256: str
    whole: bool
    cause: str
    kind: str
    scans: list[str]
    contents: int
    delivered: int
    releases: list[ReleaseDocument]
    refused_by: str
    refusal: str
    missing: list[str] = Field(description="The rights that have not said yes.")
    yours: list[str] = Field(description="Of these, those that you may exercise.")


class FileList(Part):
    """Files, by id."""

    files: list[FileDocument]


class WholeFileDocument(FileDocument):
    """One file, with what an archive holds, the first of it."""

    names: list[str]


class WishToRelease(Strict):
    """What is to be signed."""

    reason: str = Field(min_length=1, max_length=500)
    days: Whole = Field(default=7, ge=1, le=366, description="For how long it may pass.")
    any_permit: bool = Field(
        default=False, description="Under any permit over this conduit, not its own alone."
    )


class ReleaseToSign(BaseModel):
    """A statement to sign with an SSH key: `statement` as canonical JSON (RFC 8785), in the namespace named here."""

    ceremony: str
    statement: str
    namespace: str


class SignedReleaseGiven(Strict):
    """The same statement, byte for byte, and what `ssh-keygen -Y sign` wrote for it."""

    ceremony: str = Field(min_length=1, max_length=64)
    statement: str = Field(min_length=2, max_length=8192)
    signature: str = Field(min_length=1, max_length=16_384)


@router.get("/files", operation_id="list_files")
async def files(request: Request, paging: Paged) -> FileList:
    """Every file that is your business: a vendor's person sees their own, a holder what is over their boundaries."""
    found = await files_for(desk_of(request), visitor_of(request))
    part, more = paging.cut(sorted(found, key=lambda one: one.kept.id), lambda one: (one.kept.id,))
    return FileList(files=[FileDocument(**_told(one)) for one in part], next=more)


@router.get("/files/{file}", operation_id="read_file")
async def one_file(request: Request, file: FilePath) -> WholeFileDocument:
    """One file, and what was found in it."""
    return await _whole(request, file)


@router.post("/files/{file}/statement", operation_id="draw_up_release")
async def draw_up(request: Request, file: FilePath, given: WishToRelease) -> ReleaseToSign:
    """Draw up what your SSH key is to sign; it is taken back once, within five minutes."""
    desk, visitor = desk_of(request), visitor_of(request)
    said = await drawn_up(desk, visitor, file, given.reason, given.days, any_permit=given.any_permit)
    ceremony = await ceremony_for(desk, visitor, said)
    return ReleaseToSign(ceremony=ceremony, statement=said.message().decode(), namespace=NAMESPACE)


@router.post("/files/{file}/signed", operation_id="take_signed_release")
async def take(request: Request, file: FilePath, given: SignedReleaseGiven) -> WholeFileDocument:
    """File what your SSH key signed. The file passes once every right that is needed has said yes."""
    desk, visitor = desk_of(request), visitor_of(request)
    await file_for(desk, visitor, file)
    said = FileStatement.of_message(given.statement.encode())
    await take_ssh(desk, visitor, given.ceremony, said, given.signature)
    return await _whole(request, said.file)


@router.post("/files/{file}/refuse", operation_id="refuse_file")
async def refuse(request: Request, file: FilePath, given: Reasoned) -> WholeFileDocument:
    """Say that it is not to pass, for good; the vendor reads why."""
    await refuse_file(desk_of(request), visitor_of(request), file, given.reason)
    return await _whole(request, file)


async def _whole(request: Request, file: str) -> WholeFileDocument:
    desk, visitor = desk_of(request), visitor_of(request)
    stands = await file_for(desk, visitor, file)
    plant = visitor.person.vendor is None
    names = await asyncio.to_thread(files_of(desk).contents, file) if plant else ()
    return WholeFileDocument(**_told(stands), names=list(names))


def _told(one: Standing) -> dict[str, object]:
    kept = one.kept
    return {
        "id": kept.id,
        "name": kept.name,
        "state": one.state,
        "code": kept.code,
        "at": instant_text(kept.at),
        "session": kept.session,
        "permit": kept.permit,
        "person": kept.person,
        "vendor": kept.vendor,
        "asset": kept.asset,
        "conduit": kept.conduit,
        "passage": kept.passage,
        "size": kept.size,
        "sha256": kept.sha256,
        "whole": kept.whole,
        "cause": kept.cause,
        "kind": kept.kind,
        "scans": list(kept.scans),
        "contents": kept.contents,
        "delivered": kept.delivered,
        "releases": [
            ReleaseDocument(
                by=said.by,
                right=str(said.right),
                until=instant_text(said.until),
                permit=said.permit,
                reason=said.reason,
            )
            for said in (signed.statement for signed in kept.releases)
        ],
        "refused_by": kept.refused_by,
        "refusal": kept.refusal,
        "missing": [str(right) for right in one.missing],
        "yours": [str(right) for right in one.mine],
    }
