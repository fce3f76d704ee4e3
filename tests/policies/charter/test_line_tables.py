"""Telnet and serial endpoints in the charter, and that nothing crosses in the clear which is not allowed by name."""

import tomllib

from domain.line import Echoed, Enter, Flow, Line, LogIn, Parity, SerialSettings
from domain.plant import Protocol, Tunnel
from policies.charter.documents import read_charter
from policies.charter.line_tables import read_cleartext, read_line, read_not_recordable
from policies.charter.lint import lint
from policies.charter.places import Places
from policies.charter.plant_tables import read_asset, read_endpoint
from policies.charter.table import Source, Table
from tests.for_each import for_each
from tests.policies.plant import files

ENDPOINT = 'protocol = "{}"\naddress = "127.0.0.1"\nport = 2323\n'


def table(text: str) -> Table:
    return Table(Source("assets.toml", Places(text)), (), tomllib.loads(text), "asset")


def faults(given: Table) -> str:
    return " / ".join(one.fact for one in given._source.faults)


def test_a_telnet_endpoint_says_how_the_gate_signs_in() -> None:
    text = ENDPOINT.format("telnet") + (
        '[line]\nenter = "crlf"\nbinary = true\n'
        '[line.log_in]\nprompt = "old-plc login: "\npassword = "Password:"\nready = "> "\n'
    )
    end = read_endpoint(table(text), demonstration=True)
    assert end is not None
    assert end.line == Line(
        enter=Enter.CR_LF, binary=True, log_in=LogIn("old-plc login:", "Password:", ">")
    )  # fmt: skip


def test_a_serial_endpoint_says_how_its_port_is_set_and_who_echoes() -> None:
    text = ENDPOINT.format("serial") + (
        '[line]\necho = "gate"\n'
        '[line.settings]\nbaud = 9600\ndata_bits = 7\nparity = "even"\nstop_bits = 2\nflow = "xon-xoff"\n'
    )
    end = read_endpoint(table(text), demonstration=True)
    assert end is not None
    assert end.line == Line(echo=Echoed.GATE, settings=SerialSettings(9600, 7, Parity.EVEN, 2, Flow.XON_XOFF))
    assert read_endpoint(table(ENDPOINT.format("serial")), demonstration=True).line is None  # type: ignore[union-attr]


@for_each(
    ("protocol", "line", "fact"),
    [
        ("modbus", "[line]\n", "an endpoint of modbus is no line"),
        ("serial", "[line]\nbinary = true\n", "only telnet has to be asked"),
        ("telnet", "[line.settings]\nbaud = 9600\n", "only a serial line has settings"),
        ("serial", "[line.settings]\nbaud = 12\n", "'baud' is not from 50"),
        ("serial", '[line.settings]\nbaud = 9600\nparity = "both"\n', "parity"),
        ("telnet", '[line]\nenter = "lf"\n', "enter"),
        ("telnet", '[line.log_in]\npassword = "Password:"\n', "ready"),
        ("telnet", '[line.log_in]\npassword = "Password:"\nready = " "\n', "'ready' is empty"),
        ("telnet", '[line.log_in]\nprompt = "P:"\npassword = "P:"\nready = ">"\n', "asked for alike"),
        ("telnet", "[line]\nspeed = 9600\n", "'speed' is not a field"),
    ],
)
def test_a_line_with_a_fault_is_no_endpoint(protocol: str, line: str, fact: str) -> None:
    given = table(ENDPOINT.format(protocol) + line)
    assert read_endpoint(given, demonstration=True) is None
    assert fact in faults(given)


@for_each(
    ("text", "carries", "fact"),
    [
        ("", {Protocol.SSH}, ""),
        (
            "",
            {Protocol.SSH, Protocol.TELNET},
            "carries telnet, which crosses the plant's network in the clear",
        ),
        ('cleartext = ["telnet"]', {Protocol.TELNET}, ""),
        ('cleartext = ["telnet"]', {Protocol.TELNET, Protocol.SERIAL}, "carries serial"),
        ('cleartext = ["telnet"]', {Protocol.SSH}, "'telnet' is allowed in the clear and not carried"),
        ('cleartext = ["ssh"]', {Protocol.SSH}, "'ssh' is allowed in the clear and is never so here"),
    ],
)
def test_what_crosses_in_the_clear_is_allowed_by_its_name(
    text: str, carries: set[Protocol], fact: str
) -> None:
    given = table(text)
    read_cleartext(given, frozenset(carries))
    assert (not given.sound) is bool(fact)
    assert fact in faults(given)


def test_a_line_is_read_only_where_there_is_one() -> None:
    assert read_line(table(""), Protocol.SSH) is None


def test_an_asset_has_one_place_where_a_shell_leads() -> None:
    text = files()["assets.toml"].decode()
    both = text.replace("[[asset.endpoint]]", '[[asset.endpoint]]\nprotocol = "telnet"\naddress = "127.0.0.1"\n'
                        "port = 2323\n\n[[asset.endpoint]]", 1)  # fmt: skip
    source = Source("assets.toml", Places(both))
    assert (
        read_asset(Table(source, ("asset", 0), tomllib.loads(both)["asset"][0], "asset"), demonstration=True)
        is None
    )
    assert any("a shell could lead to its" in one.fact for one in source.faults)


def with_telnet(*, log_in: bool) -> dict[str, bytes]:
    """The sample plant, with telnet in place of the gateway's SSH."""
    given = dict(files())
    assets = given["assets.toml"].decode()
    at = assets.index('id = "gateway-1"')
    head, rest = assets[:at], assets[at:]
    start = rest.index("[[asset.endpoint]]")
    end = rest.find("[[asset]]", start)
    line = '[asset.endpoint.line.log_in]\npassword = "Password:"\nready = ">"\n' if log_in else ""
    new = '[[asset.endpoint]]\nprotocol = "telnet"\naddress = "127.0.0.1"\nport = 2323\n' + line + "\n"
    given["assets.toml"] = (head + rest[:start] + new + (rest[end:] if end >= 0 else "")).encode()
    return given


def test_the_findings_say_what_is_in_the_clear() -> None:
    for log_in in (False, True):
        given = with_telnet(log_in=log_in)
        assets = read_charter(given).assets
        zone = next(one.zone for one in assets.values() if one.terminal() and one.id == "gateway-1")
        conduits = given["conduits.toml"].decode()
        at = conduits.index(f'to = "{zone}"')
        head, tail = conduits[:at], conduits[at:]
        tail = tail.replace(f'to = "{zone}"', f'to = "{zone}"\ncleartext = ["telnet"]', 1)
        tail = tail.replace("[conduit.protocols]", '[conduit.protocols]\ntelnet = ["view"]', 1)
        given["conduits.toml"] = (head + tail).encode()
        (told,) = (one for one in lint(read_charter(given)) if one.code == "cleartext")
        assert told.note
        assert ("credential of the vault" in told.sentence) is log_in


@for_each(
    ("text", "carries", "fact"),
    [
        ("", {Protocol.TCP}, ""),
        ('not_recordable = ["tls", "ssh"]', {Protocol.TCP}, ""),
        ('not_recordable = ["tls"]', {Protocol.MODBUS}, "carries nothing that is passed on unread"),
        ('not_recordable = ["anything"]', {Protocol.TCP}, "anything"),
    ],
)
def test_a_tunnel_in_what_nobody_reads_is_allowed_by_its_name(
    text: str, carries: set[Protocol], fact: str
) -> None:
    given = table(text)
    named = read_not_recordable(given, frozenset(carries))
    assert (not given.sound) is bool(fact)
    assert fact in faults(given)
    assert fact or (named == frozenset({Tunnel.TLS, Tunnel.SSH} if text else ()))
