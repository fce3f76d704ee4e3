import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import is_word
from policies.charter.asset_import import Draft, ImportFault, draft_of
from policies.charter.wording import UnusableError

CSV = """name,address,port,protocol,zone
Pump controller 7,10.20.1.7,502,modbus,Pumping station
Engineering station,10.20.1.8,22,ssh,
Engineering station,10.20.1.8,80,http,
"""
ZEEK = "\n".join(
    json.dumps(one)
    for one in (
        {"ts": 1.0, "host": "10.1.1.5", "port_num": 502, "port_proto": "tcp", "service": ["MODBUS"]},
        {"ts": 2.0, "host": "10.1.1.5", "port_num": 22, "port_proto": "tcp", "service": ["SSH"]},
        {"ts": 3.0, "host": "10.1.1.6", "port_num": 20000, "port_proto": "tcp", "service": ["DNP3_TCP"]},
    )
)
RUNZERO = json.dumps(
    [
        {
            "names": ["HMI-3", "hmi-3.plant.example"],
            "addresses": ["10.1.2.3", "10.9.9.9"],
            "services": {"10.1.2.3/80/tcp": {"protocol": "http"}, "10.1.2.3/161/udp": {"protocol": "snmp"}},
        }
    ]
)
NOZOMI = json.dumps(
    {
        "result": [
            {
                "name": "10.1.3.4",
                "ip": ["10.1.3.4"],
                "protocols": ["s7", "iec104"],
                "zones": ["Pumping station"],
            },
            {"name": "RTU 9", "ip": [], "protocols": ["modbus"], "zones": []},
        ]
    }
)
ZONES = {"pumping station": "pumping", "pumping": "pumping"}


def draft(text: str, known: dict[tuple[str, int], str] | None = None) -> Draft:
    return draft_of(text.encode(), known=known or {}, zones=ZONES, taken={"eng-ws-1"})


def toml(made: Draft) -> dict[str, list[dict[str, object]]]:
    return tomllib.loads("\n".join(made.lines()))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(CSV, {"pump-controller-7": ["modbus:502"], "engineering-station": ["ssh:22", "http:80"]}, id="CSV"),
        pytest.param(ZEEK, {"machine-at-10-1-1-5": ["modbus:502", "ssh:22"]}, id="Zeek's known services"),
        pytest.param(RUNZERO, {"hmi-3": ["http:80"]}, id="runZero's asset export"),
        pytest.param(NOZOMI, {"machine-at-10-1-3-4": ["s7:102", "iec-104:2404"]}, id="Nozomi's assets"),
    ],
)  # fmt: skip
def test_each_shape_becomes_a_draft_that_is_toml(text: str, expected: dict[str, list[str]]) -> None:
    """C13: what was discovered can be registered, by somebody who answers for it."""
    made = draft(text)
    found = {
        name: [f"{what}:{port}" for what, port in one.endpoints.items()]
        for name, one in made.machines.items()
    }
    assert found == expected
    assert [one["id"] for one in toml(made)["asset"]] == list(expected)
    assert all(one["owner"] == "" for one in toml(made)["asset"])
    assert json.dumps(made.document())


def test_a_zone_is_taken_over_only_where_the_charter_knows_it() -> None:
    assert [one["zone"] for one in toml(draft(CSV))["asset"]] == ["pumping", ""]
    assert any("no such zone" in one.why for one in draft(CSV.replace("Pumping station", "Cellar")).left_out)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(ZEEK, "no conduit carries this", id="a protocol that no conduit carries"),
        pytest.param(RUNZERO, "a second address", id="a second address"),
        pytest.param(NOZOMI, "it has no address", id="no address"),
        pytest.param(CSV.replace("10.20.1.7", "127.0.0.1"), "this machine itself", id="a loopback address"),
        pytest.param(CSV.replace("10.20.1.7", "plc.example"), "", id="a name for an address"),
        pytest.param(CSV.replace(",502,", ",70000,"), "no port from 1 to 65535", id="no such port"),
        pytest.param(CSV.replace(",80,http", ",2222,ssh"), "another port already", id="one protocol twice"),
        pytest.param('[{"serial": 7}]', "its shape is not known", id="an object of another kind"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told_with_its_reason(text: str, why: str) -> None:
    found = draft(text).left_out
    assert any(why in one.why for one in found)
    assert all(one.what and one.why for one in found)


def test_what_the_charter_has_is_never_written_again() -> None:
    made = draft(CSV, {("10.20.1.7", 502): "plc-07"})
    assert list(made.machines) == ["engineering-station"]
    assert any("already, as 'plc-07'" in one.why for one in made.left_out)


def test_ids_are_never_those_of_others() -> None:
    made = draft("name,address,port,protocol\nEng WS 1,10.0.0.1,22,ssh\neng-ws-1,10.0.0.2,22,ssh\n")
    assert list(made.machines) == ["eng-ws-1-2", "eng-ws-1-3"]


HOSTILE = 'x"\n[[right]]\nright = "connect"\x1b]52;c;cm0=\x07\u202e'


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps([{"names": [HOSTILE], "addresses": ["10.1.2.3"], "services": {"x/80/tcp": {"protocol": "http"}}}]), id="a name"),
        pytest.param(json.dumps([{"names": ["a"], "addresses": [HOSTILE], "services": {}}]), id="an address"),
        pytest.param(json.dumps([{"names": ["a"], "addresses": ["10.1.2.3"], "services": {"x/80/tcp": {"protocol": HOSTILE}}}]), id="a protocol"),
        pytest.param(json.dumps({"result": [{"name": "a", "ip": ["10.1.2.3"], "protocols": ["http"], "zones": [HOSTILE]}]}), id="a zone"),
    ],
)  # fmt: skip
def test_hostile_names_are_inert(text: str) -> None:
    made = draft(text)
    written = "\n".join(made.lines())
    assert not any(sign in written for sign in ("\x1b", "\x07", "\u202e"))
    assert set(tomllib.loads(written)) <= {"asset"}
    assert made.left_out


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<nmaprun></nmaprun>", id="XML"),
        pytest.param(b'{"a": 1}\n{"b":', id="half a line"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="nested too deeply"),
        pytest.param(b'name,address\n"open', id="an open quote"),
    ],
)
def test_another_file_is_refused_with_a_remedy(data: bytes) -> None:
    with pytest.raises(ImportFault) as raised:
        draft_of(data, known={}, zones={})
    assert raised.value.remedy


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda one: b"name,address,port,protocol\n" + one.encode("utf-8", "replace"))
)
def test_any_bytes_are_a_draft_or_refused(data: bytes) -> None:
    """C15: inputs at the boundary are validated."""
    try:
        made = draft_of(data, known={}, zones={})
    except UnusableError:
        return
    tomllib.loads("\n".join(made.lines()))
    assert all(is_word(name) for name in made.machines)
