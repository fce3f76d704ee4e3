"""What people are told of files: that some wait, and what became of one. Pure.

One notice a session and reader, however many files wait: a folder of a thousand is one thing to look at.
"""

from collections.abc import Iterator

from broker.notices.audience import Audience
from broker.notices.memory import Leaf, Memory
from domain.canonical import text_in
from domain.ids import AssetId, ConduitId, PersonId
from domain.notice import Notice, NoticeKind


def screened(event: Leaf, _index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """A held file, to those who can release it."""
    if event.get("state") != "held":
        return
    asset, conduit = AssetId(text_in(event, "asset")), ConduitId(text_in(event, "conduit"))
    who = audience.name(PersonId(text_in(event, "person")))
    for holder in audience.deciders(asset, conduit, ()):
        yield Notice(
            key=f"files:{text_in(event, 'session')}",
            to=holder,
            kind=NoticeKind.ASKED,
            at=audience.at,
            subject="Files of a vendor wait for you",
            sentences=(f"{who} brought files for {audience.asset(asset)} that are held.",),
            path="/files",
        )


def decided(event: Leaf, index: int, memory: Memory, audience: Audience) -> Iterator[Notice]:
    """A release or a no, to whoever brought the file."""
    met = memory.sessions.get(text_in(event, "session"))
    if met is None:
        return
    released = event.get("event") == "FileReleased"
    said = "Somebody of the plant released a file of yours" if released else "A file of yours was refused"
    yield Notice(
        key=f"file:{index}",
        to=met.person,
        kind=NoticeKind.DECIDED,
        at=audience.at,
        subject=said,
        sentences=() if released else (text_in(event, "reason"),),
        path=f"/files/{text_in(event, 'file')}",
    )
