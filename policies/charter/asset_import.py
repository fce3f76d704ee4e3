"""Assets out of a CSV list or a discovery tool's export, as text for ``assets.toml``. A draft: nothing is taken over.

What a tool saw is no authority: it gives addresses, ports and names, and leaves open who owns a machine,
what its loss would mean and where it stands. Shapes that are read, and where they are described:

* CSV with a header line: name, address, port, protocol, and optionally zone;
* Zeek's ``known_services.log`` as JSON lines: docs.zeek.org, policy/protocols/conn/known-services.zeek;
* runZero's asset export as JSON: help.runzero.com/docs/data-formats, runZeroInc/runzero-api;
* Nozomi Guardian's query ``assets`` as JSON: demisto/content, Packs/NozomiNetworks.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from domain.canonical import Json
from domain.ids import is_word
from domain.plant import Protocol
from policies.charter.addresses import address
from policies.charter.wording import UnusableError, quoted, worry_about_name

LONGEST_FILE_BYTES = 16 * 1024 * 1024
MOST_MACHINES = 5000

SPOKEN: Mapping[str, Protocol] = {
    "ssh": Protocol.SSH, "modbus": Protocol.MODBUS, "modbus-tcp": Protocol.MODBUS, "mbtcp": Protocol.MODBUS,
    "opc-ua": Protocol.OPC_UA, "opcua": Protocol.OPC_UA, "opc_ua": Protocol.OPC_UA,
    "opcua-binary": Protocol.OPC_UA, "s7": Protocol.S7, "s7comm": Protocol.S7, "s7-comm": Protocol.S7,
    "iec-104": Protocol.IEC_104, "iec104": Protocol.IEC_104, "iec60870-5-104": Protocol.IEC_104,
    "iec-60870-5-104": Protocol.IEC_104, "60870-5-104": Protocol.IEC_104, "dnp3": Protocol.DNP3, "dnp": Protocol.DNP3,
    "ethernet-ip": Protocol.ETHERNET_IP, "ethernet/ip": Protocol.ETHERNET_IP, "ethernetip": Protocol.ETHERNET_IP,
    "enip": Protocol.ETHERNET_IP, "cip": Protocol.ETHERNET_IP, "eip": Protocol.ETHERNET_IP,
    "http": Protocol.HTTP, "vnc": Protocol.VNC, "rfb": Protocol.VNC, "rdp": Protocol.RDP, "ms-wbt-server": Protocol.RDP, "tcp": Protocol.TCP,
    "telnet": Protocol.TELNET, "rfc2217": Protocol.SERIAL, "serial": Protocol.SERIAL,
}  # fmt: skip
"""What tools call the protocols that a conduit can carry."""

USUAL_PORT: Mapping[Protocol, int] = {
    Protocol.SSH: 22, Protocol.MODBUS: 502, Protocol.OPC_UA: 4840, Protocol.S7: 102, Protocol.HTTP: 80,
    Protocol.VNC: 5900, Protocol.RDP: 3389, Protocol.IEC_104: 2404, Protocol.DNP3: 20000, Protocol.ETHERNET_IP: 44818,
    Protocol.TELNET: 23,
}  # fmt: skip
"""Where a protocol answers, for a tool that names no port."""


class ImportFault(UnusableError):  # noqa: N818 - it is one fault, as the charter's reader has
    """The file holds no list of machines in a shape that is known."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One line or object of the file: a machine, and one or more things that it speaks."""

    where: str
    name: str
    addresses: tuple[str, ...]
    services: tuple[tuple[str, str], ...]
    """Protocol and port as they stood; a port may be empty."""
    zone: str = ""


@dataclass(slots=True)
class Machine:
    """A machine as it will stand in the draft."""

    name: str
    address: str
    zone: str
    endpoints: dict[Protocol, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not taken over, and why. ``what`` is escaped: it may come from a hostile machine."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The machines by id, and everything that was left out."""

    machines: Mapping[str, Machine]
    left_out: tuple[LeftOut, ...]

    def lines(self) -> Iterator[str]:
        """The draft as TOML; what a tool can't know is empty, so that ``charter check`` asks for it."""
        yield f"# {len(self.machines)} machines, to be completed and put into assets.toml by hand."
        for name, one in self.machines.items():
            yield ""
            yield "[[asset]]"
            yield f"id = {_toml(name)}"
            yield f"name = {_toml(one.name)}"
            yield f"zone = {_toml(one.zone)}"
            yield from (f'{key} = ""' for key in ("owner", "criticality", "consequence", "protect"))
            yield 'keep_available = ""'
            yield "bears = {}"
            for protocol, port in one.endpoints.items():
                yield ""
                yield "[[asset.endpoint]]"
                yield f'protocol = "{protocol}"'
                yield f'address = "{one.address}"'
                yield f"port = {port}"
                if protocol is Protocol.SSH:
                    yield "host_keys = [] # look at them beside the machine; a scan proves nothing"
        yield ""
        yield f"# Left out: {len(self.left_out)}."
        yield from (f"# {one.what}: {one.why}" for one in self.left_out)

    def document(self) -> dict[str, Json]:
        """The same for machines."""
        return {
            "assets": [
                {
                    "id": name,
                    "name": one.name,
                    "zone": one.zone,
                    "address": one.address,
                    "endpoints": [
                        {"protocol": str(what), "port": port} for what, port in one.endpoints.items()
                    ],
                }
                for name, one in self.machines.items()
            ],
            "left_out": [{"what": one.what, "why": one.why} for one in self.left_out],
        }


def draft_of(
    data: bytes, *, known: Mapping[tuple[str, int], str], zones: Mapping[str, str], taken: Iterable[str] = ()
) -> Draft:
    """The draft out of a file's bytes; ImportFault when its shape is not known.

    ``known``: the asset of each address and port that the charter has. ``zones``: a zone's id by whatever
    a tool may call it, in lower case. ``taken``: ids that are in use.
    """
    left: list[LeftOut] = []
    by_address: dict[str, Machine] = {}
    for one in _seen(data, left):
        _take(one, by_address, known, zones, left)
    machines: dict[str, Machine] = {}
    used = set(taken)
    for machine in by_address.values():
        if machine.endpoints:
            machines[_id(machine, used)] = machine
    return Draft(machines, tuple(left))


def _take(
    one: Seen,
    machines: dict[str, Machine],
    known: Mapping[tuple[str, int], str],
    zones: Mapping[str, str],
    left: list[LeftOut],
) -> None:
    where = _usable(one, left)
    if where is None:
        return
    if where not in machines:
        machines[where] = _machine(one, where, zones, left)
    machine = machines[where]
    for spoken, text in one.services:
        protocol = SPOKEN.get(spoken.strip().casefold())
        port = None if protocol is None else _port(text, protocol)
        why = ""
        if protocol is None:
            why = "no conduit carries this; write it as 'tcp' by hand if one should"
        elif port is None:
            why = "it names no port from 1 to 65535"
        elif (where, port) in known:
            why = f"it is in the charter already, as '{known[where, port]}'"
        elif machine.endpoints.setdefault(protocol, port) != port:
            why = "the machine speaks this on another port already"
        if why:
            port_text = f" {quoted(text)}" if text else ""
            left.append(LeftOut(f"{one.where}, {quoted(spoken)}{port_text}", why))


def _machine(one: Seen, where: str, zones: Mapping[str, str], left: list[LeftOut]) -> Machine:
    name, zone = one.name.strip(), zones.get(one.zone.strip().casefold(), "")
    if name and (worry := worry_about_name(name)):
        left.append(LeftOut(f"{one.where}, its name {quoted(name)}", f"it {worry}"))
        name = ""
    if one.zone and not zone:
        left.append(LeftOut(f"{one.where}, its zone {quoted(one.zone)}", "the charter has no such zone"))
    return Machine(name or f"Machine at {where}", where, zone)


def _usable(one: Seen, left: list[LeftOut]) -> str | None:
    """The first address that an asset can have; the others are told."""
    found: str | None = None
    for text in one.addresses:
        try:
            where = str(address(text.strip(), demonstration=False))
        except UnusableError as unusable:
            left.append(LeftOut(f"{one.where}, {quoted(text)}", unusable.fact.rstrip(".")))
            continue
        if found is None:
            found = where
        elif where != found:
            left.append(LeftOut(f"{one.where}, {where}", f"a second address of the machine at {found}"))
    if not one.addresses:
        left.append(LeftOut(one.where, "it has no address"))
    return found


def _port(text: str, protocol: Protocol) -> int | None:
    text = text.strip() or str(USUAL_PORT.get(protocol, ""))
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        return None
    return int(text)


def _id(machine: Machine, used: set[str]) -> str:
    """An id out of the name, or the address; never one that is in use."""
    word = "".join(each if each.isascii() and each.isalnum() else "-" for each in machine.name.casefold())
    word = "-".join(part for part in word.split("-") if part)[:50]
    if not is_word(word):
        word = "at-" + "-".join(str(ip_address(machine.address)).replace(":", ".").split("."))
    number, name = 1, word
    while name in used:
        number += 1
        name = f"{word}-{number}"
    used.add(name)
    return name


def _seen(data: bytes, left: list[LeftOut]) -> Iterator[Seen]:
    if len(data) > LONGEST_FILE_BYTES:
        raise ImportFault(f"The file has more than {LONGEST_FILE_BYTES} bytes.", "Export less at once.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFault("The file is not UTF-8 text.", "Export it as UTF-8.") from error
    found = _objects(text, left) if text.lstrip()[:1] in {"{", "["} else _rows(text)
    for count, one in enumerate(found):
        if count >= MOST_MACHINES:
            raise ImportFault(f"The file names more than {MOST_MACHINES} machines.", "Export less at once.")
        yield one


def _rows(text: str) -> Iterator[Seen]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = {name.strip().casefold(): name for name in rows.fieldnames or () if name}
        if not {"name", "address"} <= names.keys():
            raise ImportFault(
                "This is neither a known export nor a CSV list of machines.",
                "Give CSV the header line: name,address,port,protocol,zone.",
            )
        for row in rows:
            cell = {key: str(row.get(name) or "") for key, name in names.items()}
            service = (cell.get("protocol", ""), cell.get("port", ""))
            yield Seen(
                f"line {rows.line_num}", cell["name"], (cell["address"],), (service,), cell.get("zone", "")
            )
    except csv.Error as error:
        raise ImportFault(f"Line {rows.line_num} is not CSV: {error}.", "Export it again.") from error


def _objects(text: str, left: list[LeftOut]) -> Iterator[Seen]:
    for number, one in enumerate(_loaded(text), 1):
        where = f"entry {number}"
        match one:
            case {"host": str(host), "port_num": int(port)}:
                spoken = one.get("service")
                names = [str(each).casefold() for each in spoken] if isinstance(spoken, list) else []
                yield Seen(where, "", (host,), tuple((each, str(port)) for each in names or ["unknown"]))
            case {"addresses": list(addresses)}:
                yield Seen(where, _first(one.get("names")), _texts(addresses), tuple(_runzero(one)))
            case {"ip": list(addresses), "protocols": list(spoken)}:
                named = str(one.get("name") or "")
                name = "" if named in addresses else named
                yield Seen(
                    where,
                    name,
                    _texts(addresses),
                    tuple((each, "") for each in _texts(spoken)),
                    _first(one.get("zones")),
                )
            case _:
                left.append(LeftOut(where, "its shape is not known"))


def _loaded(text: str) -> Iterator[Mapping[str, object]]:
    """The objects of a JSON list, of a result with such a list, or of JSON lines."""
    try:
        whole = json.loads(text)
    except RecursionError:
        raise ImportFault("The file is nested too deeply.", "Export a plain list.") from None
    except ValueError:
        whole = [_line(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if isinstance(whole, dict):
        listed = next(
            (whole[key] for key in ("result", "assets", "objects") if isinstance(whole.get(key), list)), None
        )
        whole = [whole] if listed is None else listed
    yield from (one if isinstance(one, dict) else {} for one in whole)


def _line(number: int, line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ImportFault(f"Line {number} is not JSON.", "Export it again, or as CSV.") from error


def _runzero(one: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The services of an asset, from ``services`` (``address/port/tcp`` to attributes) where it is there."""
    services = one.get("services")
    if not isinstance(services, dict):
        for port in _texts(one.get("service_ports_tcp")):
            yield "unknown", port
        return
    for place, told in services.items():
        parts = str(place).split("/")
        if len(parts) >= 3 and parts[-1] == "tcp":
            spoken = told.get("protocol") if isinstance(told, dict) else None
            yield str(spoken or "unknown"), parts[-2]


def _texts(value: object) -> tuple[str, ...]:
    return (
        tuple(str(each) for each in value if isinstance(each, str | int)) if isinstance(value, list) else ()
    )


def _first(value: object) -> str:
    return next(iter(_texts(value)), "")


def _toml(text: str) -> str:
    # Names have passed worry_about_name, so there is no control character left to escape.
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
