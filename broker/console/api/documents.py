"""What the API takes and gives, as JSON. The OpenAPI document is made from these."""

from pydantic import BaseModel, ConfigDict, Field

from broker.console.permits.sheet import Sheet
from broker.console.sessions.routes import Live
from domain.canonical import Json, instant_text
from domain.permit import LONGEST_TEXT


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """RFC 9457 problem details; ``code`` is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    remedy: str


class Wish(_Strict):
    """A request for a permit. Instants are RFC 3339 with an offset, in whole seconds."""

    asset: str
    conduit: str | None = None
    grants: list[str] = Field(min_length=1, max_length=32, examples=[["shell", "forward:502"]])
    actions: list[str] = Field(min_length=1, max_length=4, examples=[["view"]])
    start: str = Field(examples=["2030-01-31T14:00:00+01:00"])
    end: str = Field(examples=["2030-01-31T16:00:00+01:00"])
    purpose: str = Field(min_length=1, max_length=LONGEST_TEXT)
    work_order: str = Field(default="", max_length=LONGEST_TEXT)


class Reasoned(_Strict):
    """Why."""

    reason: str = Field(min_length=1, max_length=LONGEST_TEXT)


class ApprovalByCode(_Strict):
    """A yes by one-time code, where the conduit accepts one. A passkey needs the console's page."""

    right: str = Field(examples=["connect"])
    code: str = Field(min_length=6, max_length=6)
    digest: str = Field(min_length=64, max_length=64)
    """The permit's SHA-256 in hex, as read: what is approved must be what was read."""


def permit_document(sheet: Sheet) -> dict[str, Json]:
    """A permit as the API gives it."""
    permit = sheet.permit
    return {
        "id": permit.id,
        "state": str(sheet.filed.state),
        "standing": sheet.line,
        "digest": permit.digest().hex(),
        "waiting_for": list(sheet.waiting_for),
        "refused_now": [
            {"code": reason.code, "sentence": reason.sentence, "remedy": reason.remedy}
            for reason in (sheet.refused.reasons if sheet.refused else ())
        ],
        "approvals": [
            {
                "right": str(one.right),
                "approver": one.approver,
                "kind": str(one.kind),
                "at": instant_text(one.at),
            }
            for one in sheet.filed.approvals
        ],
        "permit": permit.document(),
    }


def session_document(live: Live) -> dict[str, Json]:
    """A live session as the API gives it."""
    return {
        "session": live.id,
        "permit": live.permit,
        "person": live.person,
        "vendor": live.vendor,
        "asset": live.asset,
        "zone": live.zone,
        "source": live.source,
        "opened_at": instant_text(live.opened_at),
        "deadline": instant_text(live.deadline),
        "channels": live.channels,
        "bytes_to_asset": live.bytes_to_asset,
        "bytes_to_vendor": live.bytes_to_vendor,
        "may_stop": live.may_stop,
    }
