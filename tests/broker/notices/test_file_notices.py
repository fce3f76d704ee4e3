"""Who is told of files: holders that some wait, once a session; and whoever brought one, what became of it."""

from typing import Any

from broker.notices.memory import Memory
from broker.notices.telling import tell
from domain.canonical import Json, instant_text
from domain.events import document
from domain.notice import Notice, NoticeKind
from tests.broker.notices.happenings import S, opened
from tests.policies.plant import NOW, charter


def of(event: dict[str, Json], *before: Any) -> tuple[Notice, ...]:
    memory = Memory()
    for one in before:
        memory.learn(document(one))
    return tell({"at": instant_text(NOW), **event}, 7, memory, charter())


WAITS: dict[str, Json] = {
    "event": "FileScreened", "file": "f" * 26, "session": S, "person": "ana", "asset": "eng-ws-1",
    "conduit": "dmz-operations", "state": "held", "name": "secret-name.bin",
}  # fmt: skip


def test_holders_are_told_once_a_session_that_files_wait_and_the_subject_names_nothing() -> None:
    (notice,) = of(WAITS)
    assert (notice.to, notice.kind, notice.path) == ("petra", NoticeKind.ASKED, "/files")
    assert of(WAITS | {"file": "g" * 26})[0].key == notice.key
    assert "secret-name" not in notice.subject + " ".join(notice.sentences)
    assert not of(WAITS | {"state": "released"})


def test_whoever_brought_a_file_hears_what_became_of_it_while_they_are_here() -> None:
    event: dict[str, Json] = {"event": "FileRefused", "file": "f" * 26, "session": S, "reason": "Not agreed."}
    (notice,) = of(event, opened())
    assert (notice.to, notice.sentences, notice.path) == ("ana", ("Not agreed.",), f"/files/{'f' * 26}")
    assert "released" in of(event | {"event": "FileReleased"}, opened())[0].subject
    assert not of(event)
