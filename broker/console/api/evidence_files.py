"""The API's files of a session that was, as the ledger tells of them."""

from fastapi import Request
from pydantic import BaseModel, Field

from broker.console.api.documents import At, SessionPath
from broker.console.api.paging import Paged, Part
from broker.console.api.route import api_router
from broker.console.desk import desk_of
from broker.console.evidence.handling import handled
from broker.console.evidence.session import found
from domain.custody_events import Deed

router = api_router("evidence")


class CrossedFile(BaseModel):
    """One file on one way: it was `taken in` to the quarantine, `delivered` to its asset, `moved` without a look, or `not taken`."""

    leaf: int = Field(description="The ledger's leaf that says so.")
    at: At
    what: str
    way: str = Field(description="The grant that it used.")
    name: str
    size: int | None = Field(description="In bytes; null for what was turned away before it was whole.")
    sha256: str
    verdict: str = Field(
        description="By the charter and what was found: `released`, `held`, `refused`; empty for what nobody looks at."
    )
    code: str
    released_by: list[str] = Field(description="Who signed that it may pass, or `charter`.")
    refused_by: str
    outcome: str = Field(description="`whole`, `cut` or `failed`; empty for what was not taken.")
    kept: str = Field(
        description="Where its bytes are: `quarantine`, `recording`, `erased`; empty for nowhere."
    )
    file: str = Field(description="Its id in the quarantine.")


class CrossedFileList(Part):
    """In the ledger's order."""

    files: list[CrossedFile]


@router.get("/evidence/sessions/{session}/files", operation_id="list_session_files")
async def session_files(request: Request, session: SessionPath, paging: Paged) -> CrossedFileList:
    """Every file of the session: name, way, size, SHA-256, verdict, who released it, and how it ended."""
    desk = desk_of(request)
    await found(desk, session)
    await handled(request, session, Deed.VIEW, "files")
    after = paging.after(int)
    begin = after[0] if after is not None and isinstance(after[0], int) else -1
    rows, _count = await desk.brought.part(session, begin, paging.limit + 1)
    part = rows[: paging.limit]
    more = paging.next((part[-1].leaf,) if len(rows) > len(part) else None)
    return CrossedFileList(files=[CrossedFile.model_validate(one.document()) for one in part], next=more)
