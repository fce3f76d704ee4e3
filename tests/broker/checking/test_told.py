from broker.checking.told import NOBODY, By, told_by
from recorder.ledger.reader import Kept

LEAVES = (
    {"event": "NodeStarted", "trust": "t1", "process": "gate"},
    {"event": "CharterApplied", "version": 1, "application": "a1", "digest": "c1", "by": "petra"},
    {"event": "PermitRequested", "permit": "p", "digest": "d", "person": "ana"},
    {"event": "PermitApproved", "permit": "p", "approval": "yes", "approver": "petra"},
    {"event": "KeyEnrolled", "trust": "t2", "by": "local:olga"},
    {"event": "PermitChanged", "permit": "p", "after": "approved", "by": "petra"},
    {"event": "SessionOpened", "session": "s"},
    {"event": "SessionEnded", "session": "s", "recording_sha256": "r"},
    {},
    {"event": "EvidenceStored", "session": "s", "sha256": "r", "version": "v"},
    {"event": "EvidenceViewed", "subject": "session:s", "by": "milo"},
    {"event": "EvidenceHandled", "session": "s", "by": "iris", "deed": "export"},
    {"event": "EvidenceErased", "session": "s", "deed": "erase"},
    {"event": "HeadStamped", "size": 9, "token": "h"},
)


def test_what_the_leaves_say_is_kept_with_who_had_each_thing_last() -> None:
    told = told_by(Kept(index, event) for index, event in enumerate(LEAVES))
    assert (told.recordings, told.opened, dict(told.gone)) == ({"s": "r"}, {"s"}, {"s": {"erase"}})
    assert (told.permits, told.states) == ({"p": "d"}, {"p": "approved"})
    assert dict(told.approvals) == {"p": {"yes": "t1"}}  # the trust file of its day
    assert (told.trusts, told.announced) == ({"t1"}, {"t1", "t2"})
    assert (told.charters, told.copies, told.stamps) == ({1: ("a1", "c1")}, {"s": ("r", "v")}, {9: "h"})
    assert told.last("recording", "s") == By("iris", 11)
    assert told.last("permit", "p") == By("petra", 5)
    assert told.last("trust", "") == By("local:olga", 4)
    assert told.last("recording", "another") == NOBODY
