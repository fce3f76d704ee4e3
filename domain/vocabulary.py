"""The words of limits: which places and functions each protocol has, and how a value that is written there may be read. Pure.

Of a protocol that has none here, no limit can be held, and none can be written.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.plant import Form, Limit, Protocol

COPIED_IN, COPIED_OUT = "clipboard to the plant", "clipboard from the plant"


@dataclass(frozen=True, slots=True)
class Names:
    """How places are named whose addresses are no numbers."""

    like: str
    """One, for a person who has to write one."""
    form: re.Pattern[str]
    parts: re.Pattern[str] | None = None
    """Where a name goes on within what the part before it names."""
    element: re.Pattern[str] | None = None
    """What stands behind a name and picks one of several that are alike, so that the bounds of all are its own."""

    def holders(self, name: str) -> Iterator[tuple[str, bool]]:
        """``name`` and each that it lies within, with whether the bounds of that one say what may be written to it."""
        yield name, True
        for cut in self.parts.finditer(name) if self.parts is not None else ():
            yield (
                name[: cut.start()],
                self.element is not None and self.element.fullmatch(name, cut.start()) is not None,
            )


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of place that a protocol has."""

    last: int
    """The highest address; -1 where its addresses are names."""
    names: Names | None = None
    """How those are written."""
    reads: bool = True
    writes: bool = True
    calls: bool = False
    """``use`` names one of these."""
    bits: int = 0
    """Of one place, where a bounded value may be signed or go over several of them; 0 where a value has one form."""
    signed: bool = False
    """What the protocol itself writes there may be negative."""
    decimals: bool = False
    """And may be a fraction."""
    bounds: bool = True
    """What is written there can be held within bounds."""
    counts: bool = False
    """No place but a number: how much, in all. A limit without one says nothing of it, and one says nothing of places."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one protocol."""

    unit: str
    """What it calls whoever answers behind the endpoint; empty where it has no such number."""
    last_unit: int
    tables: Mapping[str, Table]
    uses: frozenset[str]
    """Functions that touch no address, by the name that the protocol's table of functions gives them."""
    paths: bool = False
    """Each of ``uses`` is held to a path of a web server: ``use GET /status/*``."""
    only_named: frozenset[str] = frozenset()
    """Of these what carries data beside the work: nothing covers one but a limit that names it, of the conduit and of the permit."""

    @property
    def places(self) -> frozenset[str]:
        """Those of ``tables`` that are places."""
        return frozenset(name for name, table in self.tables.items() if not table.counts)


@dataclass(frozen=True, slots=True)
class Roots(Names):
    """Names that are paths of files: a file, or with ``/**`` behind it a folder and all that lies below."""

    def holders(self, name: str) -> Iterator[tuple[str, bool]]:
        """``name``, and each folder that it lies in, itself included."""
        yield name, True
        folder = name.removesuffix(ALL_BELOW)
        while folder:
            if folder + ALL_BELOW != name:
                yield folder + ALL_BELOW, True
            folder = folder.rpartition("/")[0]
        if name != ALL_BELOW:
            yield ALL_BELOW, True


ALL_BELOW = "/**"
FILES, FILES_IN_ALL, MIB_IN_ALL = "files", "files in all", "MiB in all"
CIP_CLASSES = (
    "identity", "message router", "DeviceNet", "assembly", "connection", "connection manager", "register",
    "discrete input", "discrete output", "analog input", "analog output", "parameter", "parameter group", "group",
    "discrete input group", "discrete output group", "analog group", "analog input group", "analog output group",
    "position controller", "motor data", "control supervisor", "drive", "file", "time synchronisation",
    "device level ring", "quality of service", "user memory", "symbol", "template", "wall clock", "controller changes",
    "port", "TCP/IP interface", "Ethernet link",
)  # fmt: skip
"""As objects are named in limits; of any other the class' number: ``class 0x300``."""

TAGS = Names(
    "Line1.Speed[3]",
    re.compile(r"[!#-~]+(?: [!#-~]+)*"),
    re.compile(r"(?<=.)[.\[]"),
    re.compile(r"(?:\[[0-9]+\])+"),
)
OBJECTS = Names(
    "assembly 100 attribute 3",
    re.compile(
        rf"(?:{'|'.join(CIP_CLASSES)}|class 0x[0-9a-f]{{2,4}})(?: [0-9]{{1,10}}(?: attribute [0-9]{{1,5}})?)?"
    ),
    re.compile(r"(?<!attribute) (?=[0-9]+(?: |$)|attribute [0-9]+$)"),
)
_NODE = r"(?:ns=[1-9][0-9]{0,4};)?(?:i=[0-9]{1,10}|s=.+|g=[0-9a-f-]{36}|b=[A-Za-z0-9+/]+=*)"
NODES = Names("ns=2;s=Speed", re.compile(_NODE))
METHODS = Names(
    "ns=2;s=Start of ns=2;s=Line1", re.compile(rf"{_NODE}(?: of {_NODE})?"), re.compile(rf" of (?={_NODE}$)")
)
_SEGMENT = r"/(?!\.{1,2}(?:/|$))[ !#-)+-.0-\[\]-~]+"
FILE_ROOTS = Roots("/var/log/**", re.compile(rf"/\*\*|(?:{_SEGMENT})+(?:/\*\*)?"))

VOCABULARY: Mapping[Protocol, Vocabulary] = {
    Protocol.SSH: Vocabulary(
        "",
        -1,
        {
            FILES: Table(-1, FILE_ROOTS, bounds=False),
            FILES_IN_ALL: Table(99_999_999, counts=True),
            MIB_IN_ALL: Table(99_999_999, counts=True),
        },
        frozenset(),
    ),
    Protocol.MODBUS: Vocabulary(
        "unit",
        255,
        {
            "coils": Table(65535),
            "discrete inputs": Table(65535, writes=False),
            "holding registers": Table(65535, bits=16),
            "input registers": Table(65535, writes=False, bits=16),
        },
        frozenset(
            {
                "read exception status", "return query data", "restart communications", "return diagnostic register",
                "change ASCII delimiter", "force listen only", "clear counters", "read a diagnostic counter",
                "clear overrun counter", "get event counter", "get event log", "report server id", "read file record",
                "write file record", "read FIFO queue", "read device identification",
            }
        ),
    ),
    Protocol.IEC_104: Vocabulary(
        "station",
        65534,
        {
            "points": Table(0xFFFFFF, writes=False),
            "single commands": Table(0xFFFFFF),
            "double commands": Table(0xFFFFFF),
            "step commands": Table(0xFFFFFF),
            "set-points": Table(0xFFFFFF, signed=True, decimals=True),
            "bit strings": Table(0xFFFFFF),
            "parameters": Table(0xFFFFFF, signed=True, decimals=True),
        },
        frozenset(
            {
                "interrogate", "interrogate counters", "freeze or reset counters", "set the clock", "test", "test with time",
                "reset the process", "file ready", "section ready", "call a directory or a file", "delete a file",
                "last section", "acknowledge a file", "segment of a file", "query a log",
            }
        ),
    ),
    Protocol.S7: Vocabulary(
        "block",
        65535,
        {
            # By bytes, whatever type a tool names: a value is what stands in its bytes, once all of them are written.
            "data": Table(65535, bits=8),
            "flags": Table(65535, bits=8),
            "inputs": Table(65535, bits=8),
            "outputs": Table(65535, bits=8),
            "periphery": Table(65535, bits=8),
            "special flags": Table(65535, bits=8),
            "analog inputs": Table(65535, bits=8),
            "analog outputs": Table(65535, bits=8),
            "system data": Table(65535, bits=8),
            "timers": Table(65535, bounds=False),
            "counters": Table(65535, bounds=False),
        },
        frozenset(
            {
                "download a block", "read a block out", "stop the CPU", "start the CPU", "start the CPU cold",
                "put a block into use", "delete a block", "compress the memory", "copy RAM to ROM", "watch a block",
                "watch variables", "read the interrupt stack", "read the block stack", "read the local stack",
                "measure a running time", "select what is forced", "modify variables", "force", "set a breakpoint",
                "go on from a breakpoint", "reset the memory", "disable a job", "enable a job", "delete a job",
                "read the list of jobs", "read a job", "replace a job", "flash the lamp", "have values sent",
                "have values sent no more", "have changes sent", "change what changes are sent", "read a data record",
                "list blocks", "list blocks of a kind", "read the properties of a block", "read the system state list",
                "have messages sent", "lock alarms", "unlock alarms", "acknowledge an alarm", "read alarms",
                "give the password", "take the password back", "read the clock", "set the clock",
            }
        ),
    ),
    Protocol.DNP3: Vocabulary(
        "outstation",
        65519,
        {
            "binary inputs": Table(65535, writes=False),
            "double-bit inputs": Table(65535, writes=False),
            "binary outputs": Table(65535),
            "counters": Table(65535, writes=False),
            "frozen counters": Table(65535, writes=False),
            "analog inputs": Table(65535, writes=False),
            "analog outputs": Table(65535, signed=True, decimals=True),
        },
        frozenset(
            {
                "read", "write", "freeze", "freeze without acknowledgement", "freeze and clear",
                "freeze and clear without acknowledgement", "freeze at time", "freeze at time without acknowledgement",
                "cold restart", "warm restart", "initialize data", "initialize application", "start application",
                "stop application", "save configuration", "enable unsolicited", "disable unsolicited", "assign class",
                "measure delay", "record current time", "open file", "close file", "delete file", "get file information",
                "authenticate for a file", "abort file transfer", "activate configuration", "authenticate",
                "authentication error",
            }
        ),
    ),
    Protocol.ETHERNET_IP: Vocabulary(
        "slot",
        255,
        {
            "tags": Table(-1, TAGS, signed=True, decimals=True),
            # What type an attribute is, only the device's maker knows: its bytes say no value.
            "objects": Table(-1, OBJECTS, bounds=False),
        },
        frozenset(
            {
                "reset", "start", "stop", "create", "delete", "apply attributes", "find next instance", "restore", "save",
                "insert member", "remove member", "flash lights", "get connection data", "search connection data",
                "get connection owner", "get text of a value", "begin upload", "begin download", "begin partial read",
                "begin partial write", "upload", "download", "clear file", "list tags", "read template",
            }
        ),
    ),
    Protocol.OPC_UA: Vocabulary(
        "",
        -1,
        {
            "nodes": Table(-1, NODES, signed=True, decimals=True),
            "methods": Table(-1, METHODS, reads=False, writes=False, calls=True),
        },
        frozenset(
            {
                "find servers on network", "register server", "register server 2", "add nodes", "add references",
                "delete nodes", "delete references", "browse", "browse next", "translate browse paths", "register nodes",
                "unregister nodes", "query first", "query next", "history read", "history update", "set triggering",
                "transfer subscriptions",
            }
        ),
    ),
    Protocol.HTTP: Vocabulary(
        "", -1, {}, frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}), paths=True
    ),
    Protocol.VNC: Vocabulary(
        "",
        0,
        {},
        frozenset({"keys", "pointer", "resize the screen", "power", COPIED_IN, COPIED_OUT}),
        only_named=frozenset({COPIED_IN, COPIED_OUT}),
    ),
    Protocol.RDP: Vocabulary("", 0, {}, frozenset({"keys", "pointer"})),
}  # fmt: skip

_FORMS: Mapping[int, frozenset[Form]] = {
    8: frozenset(
        {
            Form.SIGNED, Form.UNSIGNED_16, Form.SIGNED_16, Form.UNSIGNED_32, Form.SIGNED_32, Form.FLOAT_32,
        }
    ),
    16: frozenset(
        {
            Form.SIGNED, Form.UNSIGNED_32, Form.SIGNED_32, Form.FLOAT_32, Form.UNSIGNED_32_LOW_FIRST,
            Form.SIGNED_32_LOW_FIRST, Form.FLOAT_32_LOW_FIRST,
        }
    ),
}  # fmt: skip
"""By the bits of one place: in what forms a value can be read there beside the plain one."""


def forms(table: Table) -> frozenset[Form]:
    """In what forms a value of ``table`` can be read, beside the plain one."""
    return _FORMS.get(table.bits, frozenset())


def width(form: Form, table: Table) -> int:
    """How many neighbours one value takes."""
    if form in {Form.PLAIN, Form.SIGNED}:
        return 1
    return (16 if form in {Form.UNSIGNED_16, Form.SIGNED_16} else 32) // table.bits


def table_of(limit: Limit) -> Table | None:
    """The kind of place that ``limit`` names; None where it names a function."""
    return VOCABULARY[limit.protocol].tables.get(limit.place)
