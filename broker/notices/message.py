"""A notice as it leaves the node: what may be said outside, to which address, under which link. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, instant_text
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind

ADDRESS = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@(?=.{1,190}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII
)
"""An e-mail address as we take it: what RFC 5321 allows and nobody uses is left out, quotes above all."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one channel is given. It holds no secret, and nothing can be decided by it."""

    id: str
    """The same for the same notice, person and channel, so that one that arrives twice is known: 64 hex digits."""
    to: PersonId
    address: str
    """Where the person is on this channel; empty where the channel goes to a place, not to a person."""
    kind: NoticeKind
    at: datetime
    subject: str
    sentences: tuple[str, ...]
    link: str
    urgent: bool

    def document(self) -> Json:
        """For machines. The address stays out: whoever reads this knows persons by their ids."""
        return {
            "schema": "penstock-notice/1",
            "id": self.id,
            "to": self.to,
            "kind": self.kind.value,
            "at": instant_text(self.at),
            "subject": self.subject,
            "sentences": list(self.sentences),
            "link": self.link,
            "urgent": self.urgent,
        }


def message_of(notice: Notice, channel: str, *, address: str, origin: str, full: bool) -> Message:
    """``notice`` for ``channel``; ``origin`` is the console's, and without ``full`` the sentences stay inside."""
    return Message(
        id=hashlib.sha256(f"{channel}\n{notice.to}\n{notice.key}".encode()).hexdigest(),
        to=notice.to,
        address=address,
        kind=notice.kind,
        at=notice.at,
        subject=notice.subject,
        sentences=notice.sentences if full else (),
        link=f"{origin}{notice.path}",
        urgent=notice.urgent,
    )


def is_address(text: str) -> bool:
    """Whether ``text`` can be written to."""
    return ADDRESS.fullmatch(text) is not None and ".." not in text
