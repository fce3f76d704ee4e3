"""How copies in the second store stand, and room for more: two lines of the one list. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from broker.evidence.standing import Standing, State
from domain.said import Said, say, say_n
from recorder.backlog import Alarm, Refusal, Room
from recorder.uploading import IDLE, Status

COPIES, ROOM = "copies", "room"
COPIES_TITLE, ROOM_TITLE = say("Copies elsewhere"), say("Room for evidence")
MIB = 1024 * 1024
SILENT_AFTER = timedelta(seconds=2)
"""How long one exchange with a store may take before it is said that the store is slow."""

TROUBLES: Mapping[str, Said] = {
    "store_away": say("The second store can't be reached."),
    "store_slow": say("The second store does not answer in time."),
    "store_failing": say("The second store answers with a fault of its own."),
    "store_full": say("The second store is full."),
    "store_denied": say("The second store does not let these credentials in."),
    "store_clock_skewed": say("The second store's clock and this node's don't agree."),
    "store_no_bucket": say("The second store has no such bucket."),
    "store_cut": say("Connections to the second store break off."),
    "store_differs": say("The second store gave back other bytes than it was sent."),
    "store_unlocked": say("The second store does not keep what it was told to lock."),
}
ODD = say("Copying to the second store fails.")
MEND = say("Nothing is lost: recordings stay here until they were read back. docs/stores.md says what to do.")


def of_copies(status: Status | None, room: Room, now: datetime, *, wanted: bool, alive: bool) -> Standing:
    """Copies in the second store: ``status`` is what the uploader said last, ``alive`` whether there is one."""
    if not wanted:
        return Standing(
            COPIES,
            COPIES_TITLE,
            State.OFF,
            say("Evidence lies on this node alone: no second store is configured."),
        )
    waits = say_n(
        "{count} recording waits ({mib} MiB).",
        "{count} recordings wait ({mib} MiB).",
        room.waiting,
        mib=room.waiting_bytes // MIB,
    )
    if not alive or status is None:
        return _alarm(say("The uploader does not run. {waits}", waits=waits), room.oldest, START)
    return _wrong(status, room, waits) or _going(status, room, waits, now)


def _wrong(status: Status, room: Room, waits: Said) -> Standing | None:
    if status.code:
        trouble = TROUBLES.get(status.code, ODD)
        fact = say("{trouble} ({code}) {waits}", trouble=trouble, code=status.code, waits=waits)
        return _alarm(fact, status.failing_since, MEND)
    if status.altered:
        altered = say_n(
            "{count} recording on this node is not what was sealed, and is not copied.",
            "{count} recordings on this node are not what was sealed, and are not copied.",
            len(status.altered),
        )
        return _alarm(altered, None, ALTERED)
    if {Alarm.BACKLOG_OLD, Alarm.BACKLOG_BIG} & set(room.alarms) or room.refusal is Refusal.BACKLOG_FULL:
        return _alarm(say("Copying does not keep up. {waits}", waits=waits), room.oldest, MEND)
    return None


def _going(status: Status, room: Room, waits: Said, now: datetime) -> Standing:
    if status.doing != IDLE and now - status.at > SILENT_AFTER:
        slow = say("The second store takes its time. {waits}", waits=waits)
        return Standing(COPIES, COPIES_TITLE, State.LATE, slow, status.at, MEND)
    if room.waiting:
        return Standing(COPIES, COPIES_TITLE, State.LATE, waits, room.oldest)
    locked = say("every one was read back, and is locked") if status.proof else say("every one was read back")
    sentence = say("All sealed recordings lie in {store} too; {locked}.", store=status.store, locked=locked)
    return Standing(COPIES, COPIES_TITLE, State.OK, sentence, status.verified_at)


START = say("Start it: `penstock serve`, or penstock-uploader.service; its log says why it ended.")
ALTERED = say(
    "Keep the file for the investigation, then put the sealed one back: `penstock evidence store fetch`."
)


def of_room(room: Room) -> Standing:
    """The disk that recordings lie on, with a forecast."""
    free = say("{mib} MiB are free.", mib=room.disk.free // MIB)
    if room.refusal is Refusal.DISK_FILLING:
        fact = say("No new session opens: recordings would soon fill the disk. {free}", free=free)
        return Standing(ROOM, ROOM_TITLE, State.ALARMED, fact, remedy=FREE)
    if room.refusal is not None:
        fact = say("No new session opens: too much waits to be copied. {free}", free=free)
        return Standing(ROOM, ROOM_TITLE, State.ALARMED, fact, remedy=MEND)
    forecast = (
        free
        if room.days_left is None
        else say_n(
            "{free} At the last week's pace that is {count} day.",
            "{free} At the last week's pace that is {count} days.",
            room.days_left,
            free=free,
        )
    )
    if Alarm.DISK_USED in room.alarms:
        fact = say("The recordings' disk is filling. {forecast}", forecast=forecast)
        return Standing(ROOM, ROOM_TITLE, State.ALARMED, fact, remedy=FREE)
    return Standing(ROOM, ROOM_TITLE, State.OK, forecast)


FREE = say("Give the disk more room, or move away what the plant's retention allows: docs/runbook.md.")


def _alarm(sentence: Said, since: datetime | None, remedy: Said) -> Standing:
    return Standing(COPIES, COPIES_TITLE, State.ALARMED, sentence, since, remedy)
