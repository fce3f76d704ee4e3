"""What a charter says of a panel's pages: its name, and by what certificate it is known."""

import tomllib

from domain.plant import Protocol
from domain.web import CERTIFICATE, KEY, Web
from policies.charter.places import Places
from policies.charter.plant_tables import read_endpoint
from policies.charter.table import Source, Table
from policies.charter.web_tables import read_web
from tests.for_each import for_each

ENDPOINT = 'protocol = "{}"\naddress = "127.0.0.1"\nport = 443\n'
FINGERPRINT = "0123456789abcdef" * 4


def table(text: str) -> Table:
    return Table(Source("assets.toml", Places(text)), (), tomllib.loads(text), "asset")


def test_a_panel_has_a_name_and_is_known_by_fingerprints() -> None:
    text = ENDPOINT.format("http") + (
        f'[web]\nhost = "Panel-3.plant.example"\n'
        f'certificates = ["{CERTIFICATE}{FINGERPRINT.upper()}", "{KEY}{FINGERPRINT}"]\n'
    )
    end = read_endpoint(table(text), demonstration=True)
    assert end is not None
    assert end.web == Web("panel-3.plant.example", (CERTIFICATE + FINGERPRINT, KEY + FINGERPRINT))


def test_a_desktop_s_certificate_is_known_in_the_same_words() -> None:
    text = ENDPOINT.format("rdp") + f'[tls]\ncertificates = ["{CERTIFICATE}{FINGERPRINT}"]\n'
    end = read_endpoint(table(text), demonstration=True)
    assert end is not None
    assert end.web == Web(certificates=(CERTIFICATE + FINGERPRINT,))


def test_or_by_who_issued_its_certificate_and_needs_neither() -> None:
    found = read_endpoint(
        table(ENDPOINT.format("http") + '[web]\nauthority = ["MIIB"]\n'), demonstration=True
    )
    assert found is not None
    assert found.web == Web(authority="MIIB")
    plain = read_endpoint(table(ENDPOINT.format("http")), demonstration=True)
    assert plain is not None
    assert plain.web is None


@for_each(
    ("protocol", "web", "fact"),
    [
        ("modbus", "[web]\n", "an endpoint of modbus has no pages"),
        ("http", '[web]\nhost = "panel 3"\n', "no host name"),
        ("http", '[web]\nhost = "panel-3:8080"\n', "no host name"),
        ("http", '[web]\nhost = "-x"\n', "no host name"),
        ("http", '[web]\ncertificates = ["sha256:00"]\n', "no fingerprint"),
        ("http", f'[web]\ncertificates = ["{CERTIFICATE}{FINGERPRINT[:-1]}"]\n', "no fingerprint"),
        ("http", '[web]\nauthority = ["nothing"]\n', "not one certificate"),
        ("http", '[web]\nauthority = ["MIIB", "MIIC"]\n', "not one certificate"),
        ("http", f'[web]\nauthority = ["MIIB"]\ncertificates = ["{KEY}{FINGERPRINT}"]\n', "by fingerprints and by"),
        ("http", "[web]\nverify = false\n", "verify"),
        ("http", "[tls]\n", "an endpoint of http has no 'tls'"),
        ("rdp", "[web]\n", "an endpoint of rdp has no pages"),
    ],
)  # fmt: skip
def test_what_can_not_be_held_is_a_fault(protocol: str, web: str, fact: str) -> None:
    given = table(ENDPOINT.format(protocol) + web)
    assert read_endpoint(given, demonstration=True) is None
    assert fact in " / ".join(one.fact for one in given._source.faults)


def test_without_the_table_there_is_nothing() -> None:
    assert read_web(table(ENDPOINT.format("http")), Protocol.HTTP) is None
