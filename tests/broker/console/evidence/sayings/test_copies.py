import pytest

from tests.broker.console.evidence.said import told

ROOM = {"alarms": ["backlog_old"], "waiting": 3, "waiting_bytes": 3 << 20, "free_bytes": 9 << 20}
TOLD = [
    pytest.param(
        {"event": "StoreProven", "store": "s3://h/b/", "code": "lock_deleted"},
        "The lock of the second store s3://h/b/ was tried: it let what it held be deleted.",
        id="a store that lies",
    ),
    pytest.param(
        {"event": "EvidenceStored", "session": "x", "locked_until": None},
        "The recording of a session lies in the second store too; it was read back, byte for byte.",
        id="copied",
    ),
    pytest.param(
        {"event": "EvidenceRoomAlarmed", "refusal": "disk_filling", **ROOM},
        "Room for evidence runs short: recordings wait too long to be copied. 3 recordings (3 MiB) wait for the second "
        "store; 9 MiB of the disk are free. No new session begins: the disk would soon be full.",
        id="no room",
    ),
    pytest.param(
        {"event": "EvidenceRoomRegained", **ROOM},
        "There is room for evidence again: 9 MiB of the disk are free, 3 recordings wait.",
        id="room again",
    ),
    pytest.param(
        {"event": "EvidenceFetched", "by": "petra", "session": "x"},
        "Petra Vos put the recording of a session back from the second store.",
        id="put back",
    ),
    pytest.param(
        {"event": "RecordingAltered", "session": "x"},
        "The recording of a session on this node's disk is not what was sealed.",
        id="altered",
    ),
]


@pytest.mark.parametrize(("event", "said"), TOLD)
def test_it_is_told_with_the_charter_s_names(event: dict, said: str) -> None:
    assert told(event) == said


def test_a_copy_that_nobody_can_delete_says_until_when() -> None:
    event = {"event": "EvidenceStored", "session": "x", "locked_until": "2027-03-02T08:00:00Z"}
    assert "nobody can delete it before" in told(event)
