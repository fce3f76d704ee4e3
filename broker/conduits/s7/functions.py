"""The functions of S7comm, and what each does to a CPU. Pure.

Names as Wireshark's dissector has them, in plain words. What does not stand here is unknown: nobody could say what
it does. Missing on purpose are block transfers into a running program (BSEND) and all of the numeric controls'.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.access import Action

READ_VAR, WRITE_VAR = 0x04, 0x05
REQUEST_DOWNLOAD, DOWNLOAD_BLOCK, DOWNLOAD_ENDED = 0x1A, 0x1B, 0x1C
START_UPLOAD, UPLOAD, END_UPLOAD = 0x1D, 0x1E, 0x1F
PI_SERVICE, PLC_STOP, SETUP = 0x28, 0x29, 0xF0

PROGRAMMER, CYCLIC, BLOCKS, CPU, SECURITY, TIME = 1, 2, 3, 4, 5, 7
"""Groups of user data."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function, or one of the services of a function where those differ in what they do."""

    name: str
    action: Action


V, OPERATE, CONFIGURE, OVERRIDE = Action.VIEW, Action.OPERATE, Action.CONFIGURE, Action.OVERRIDE

# Whoever reads a program out takes the plant's knowledge with it, and often its passwords. Nobody needs that to look
# at values and diagnoses, and who changes a program needs it first.
_UPLOAD = Function("read a block out", CONFIGURE)
_DOWNLOAD = Function("download a block", CONFIGURE)

WRITE_INPUTS = Function("write inputs", OVERRIDE)
"""An input says how the plant is. Who writes it has the program believe something else."""

JOBS: Mapping[int, Function] = {
    SETUP: Function("set up communication", V),
    READ_VAR: Function("read", V),
    WRITE_VAR: Function("write", OPERATE),
    REQUEST_DOWNLOAD: _DOWNLOAD,
    DOWNLOAD_BLOCK: _DOWNLOAD,
    DOWNLOAD_ENDED: _DOWNLOAD,
    START_UPLOAD: _UPLOAD,
    UPLOAD: _UPLOAD,
    END_UPLOAD: _UPLOAD,
    PLC_STOP: Function("stop the CPU", OVERRIDE),
}
"""By their code. Services of the program invocation (0x28) are told apart by name, below."""

SERVICES: Mapping[str, Function] = {
    "P_PROGRAM": Function("start the CPU", OVERRIDE),
    "_INSE": Function("put a block into use", CONFIGURE),
    "_INS2": Function("put a block into use", CONFIGURE),
    "_DELE": Function("delete a block", CONFIGURE),
    "_GARB": Function("compress the memory", CONFIGURE),
    "_MODU": Function("copy RAM to ROM", CONFIGURE),
}

COLD_START = Function("start the CPU cold", OVERRIDE)
"""``P_PROGRAM`` with the argument ``C``: it empties the CPU's memory."""

USERDATA: Mapping[tuple[int, int], Function] = {
    (PROGRAMMER, 1): Function("watch a block", V),
    (PROGRAMMER, 2): Function("watch variables", V),
    (PROGRAMMER, 3): Function("read the interrupt stack", V),
    (PROGRAMMER, 4): Function("read the block stack", V),
    (PROGRAMMER, 5): Function("read the local stack", V),
    (PROGRAMMER, 6): Function("measure a running time", V),
    (PROGRAMMER, 7): Function("select what is forced", OVERRIDE),
    # Nobody here reads which: they may be inputs.
    (PROGRAMMER, 8): Function("modify variables", OVERRIDE),
    (PROGRAMMER, 9): Function("force", OVERRIDE),
    (PROGRAMMER, 10): Function("set a breakpoint", OVERRIDE),
    (PROGRAMMER, 11): Function("go on from a breakpoint", OVERRIDE),
    (PROGRAMMER, 12): Function("reset the memory", OVERRIDE),
    # A job may be another one's, and forcing is a job.
    (PROGRAMMER, 13): Function("disable a job", OVERRIDE),
    (PROGRAMMER, 14): Function("enable a job", OVERRIDE),
    (PROGRAMMER, 15): Function("delete a job", OVERRIDE),
    (PROGRAMMER, 16): Function("read the list of jobs", V),
    (PROGRAMMER, 17): Function("read a job", V),
    (PROGRAMMER, 18): Function("replace a job", OVERRIDE),
    (PROGRAMMER, 19): Function("watch a block", V),
    (PROGRAMMER, 22): Function("flash the lamp", OPERATE),
    (CYCLIC, 1): Function("have values sent", V),
    (CYCLIC, 4): Function("have values sent no more", V),
    (CYCLIC, 5): Function("have changes sent", V),
    (CYCLIC, 7): Function("change what changes are sent", V),
    (CYCLIC, 8): Function("read a data record", V),
    (BLOCKS, 1): Function("list blocks", V),
    (BLOCKS, 2): Function("list blocks of a kind", V),
    (BLOCKS, 3): Function("read the properties of a block", V),
    (CPU, 1): Function("read the system state list", V),
    (CPU, 2): Function("have messages sent", V),
    (CPU, 7): Function("lock alarms", OVERRIDE),
    (CPU, 8): Function("unlock alarms", OVERRIDE),
    (CPU, 11): Function("acknowledge an alarm", OPERATE),
    (CPU, 19): Function("read alarms", V),
    # What a password opens is judged function by function all the same; who only looks needs none.
    (SECURITY, 1): Function("give the password", CONFIGURE),
    (SECURITY, 2): Function("take the password back", CONFIGURE),
    (TIME, 1): Function("read the clock", V),
    (TIME, 2): Function("set the clock", CONFIGURE),
    (TIME, 3): Function("read the clock", V),
    (TIME, 4): Function("set the clock", CONFIGURE),
}
"""By group and sub-function."""

PUSHES: Mapping[int, frozenset[int]] = {
    PROGRAMMER: frozenset({PROGRAMMER}),
    CYCLIC: frozenset({CYCLIC}),
    CPU: frozenset({0, CPU}),
}
"""What a CPU may send unasked, by the group of what it was asked for once: states and messages among others."""


def listed() -> Iterator[tuple[str, str, Action]]:
    """Code, name and what it takes, of every function in the order of the codes; services by name, user data by group."""
    for code, one in sorted(JOBS.items()):
        yield f"{code:#04x}", one.name, one.action
        if code == WRITE_VAR:
            yield f"{code:#04x} to I, P, AI", WRITE_INPUTS.name, WRITE_INPUTS.action
    for name, one in SERVICES.items():
        yield f"{PI_SERVICE:#04x} {name}", one.name, one.action
        if name == "P_PROGRAM":
            yield f"{PI_SERVICE:#04x} {name} C", COLD_START.name, COLD_START.action
    for (group, sub), one in sorted(USERDATA.items()):
        yield f"user data {group} / {sub}", one.name, one.action
