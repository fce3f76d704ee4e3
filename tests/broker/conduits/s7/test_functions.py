from broker.conduits.s7.functions import (
    COLD_START,
    JOBS,
    PUSHES,
    SERVICES,
    USERDATA,
    WRITE_INPUTS,
    listed,
)
from broker.conduits.s7.requests import ABOUT, READERS
from domain.access import Action

CHANGES = (
    "write", "download", "delete", "stop", "start", "put", "compress", "copy", "set", "modify", "force", "go on", "reset",
    "disable", "enable", "replace", "flash", "lock", "unlock", "acknowledge", "give", "take", "select",
)  # fmt: skip


def test_whatever_changes_something_is_more_than_looking() -> None:
    """C11, D13: and to read a program out is more than looking too."""
    for one in (*JOBS.values(), *SERVICES.values(), *USERDATA.values(), WRITE_INPUTS, COLD_START):
        changes = one.name.startswith(CHANGES) and one is not JOBS[0xF0]
        assert (one.action is not Action.VIEW) is (changes or one.name == "read a block out"), one.name


def test_what_stops_starts_or_empties_a_cpu_takes_an_override() -> None:
    for one in (
        JOBS[0x29],
        SERVICES["P_PROGRAM"],
        COLD_START,
        *(USERDATA[1, sub] for sub in (9, 10, 11, 12)),
    ):
        assert one.action is Action.OVERRIDE, one.name


def test_every_job_has_its_reader_and_what_is_told_of_is_known() -> None:
    assert set(READERS) | {0x1B, 0x1C} == set(JOBS)
    assert set(ABOUT) <= set(USERDATA)
    assert set(PUSHES) <= {group for group, _sub in USERDATA}


def test_the_list_has_every_function_once() -> None:
    rows = list(listed())
    assert len(rows) == len({code for code, _name, _action in rows})
    assert len(rows) == len(JOBS) + len(SERVICES) + len(USERDATA) + 2
