from tests.broker.console.evidence.said import told
from tests.for_each import for_each

FILE = {
    "file": "f" * 26,
    "name": "fw.bin",
    "size": 9,
    "person": "ana",
    "asset": "eng-ws-1",
    "passage": "sftp",
}


@for_each(
    "event, said",
    [
        (
            {"event": "FileTakenIn", "whole": True, **FILE},
            f"Ana Ferreira brought the file 'fw.bin' (9 bytes) for Engineering station 1; it lies in the quarantine as {'f' * 26}.",
        ),
        (
            {"event": "FileTakenIn", "whole": False, "cause": "the connection was lost", **FILE},
            f"Ana Ferreira brought the file 'fw.bin' (9 bytes) for Engineering station 1; it lies in the quarantine as {'f' * 26}. It is not whole: the connection was lost.",
        ),
        (
            {"event": "FileScreened", "state": "held", "code": "file_found", **FILE},
            "The file 'fw.bin' of Ana Ferreira for Engineering station 1 was looked at and is held (file_found).",
        ),
        (
            {
                "event": "FileReleased",
                "by": "petra",
                "right": "connect",
                "until": "2026-03-03T08:00:00Z",
                "reason": "Known.",
                **FILE,
            },
            f"Petra Vos signed under connect that the file {'f' * 26} may pass to Engineering station 1 until Tue 03 Mar 2026, 09:00 (+01:00): Known.",
        ),
        (
            {"event": "FileRefused", "by": "petra", "reason": "", **FILE},
            f"Petra Vos refused the file {'f' * 26} for Engineering station 1.",
        ),
        (
            {"event": "FileDelivered", "outcome": "whole", **FILE},
            f"The file 'fw.bin' (9 bytes), released as {'f' * 26}, went to Engineering station 1.",
        ),
        (
            {"event": "FileMoved", "outcome": "cut", **FILE},
            "Ana Ferreira moved the file 'fw.bin' (9 bytes) by sftp, Engineering station 1. The transfer was cut.",
        ),
        (
            {"event": "FileErased", "session": "s" * 26, **FILE},
            f"The file {'f' * 26} of the session of Ana Ferreira on Engineering station 1 was erased with that session's evidence.",
        ),
        (
            {"event": "FileNotTaken", "sentence": "It is too large.", **FILE},
            "The file 'fw.bin' of Ana Ferreira for Engineering station 1 was not taken: It is too large.",
        ),
    ],
)
def test_a_file_s_way_is_told(event: dict, said: str) -> None:
    assert told(event) == said
