import re
from dataclasses import replace
from ipaddress import ip_address

import pytest

from domain.ids import ConduitId
from domain.plant import Endpoint, Protocol
from domain.web import Web
from policies.charter.documents import read_charter
from policies.charter.refused_lint import refused_findings
from tests.policies.plant import charter, charter_with, edited
from tests.policies.water import water


def test_the_samples_grant_nothing_that_would_be_refused() -> None:
    assert list(refused_findings(charter())) == []
    assert list(refused_findings(water())) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "subject", "words"),
    [
        pytest.param(
            "conduits.toml", 'grants = ["sftp", "shell"]', 'grants = ["sftp", "shell", "forward"]', "idle_grant",
            "conduit office-dmz", "no asset in Plant DMZ has an endpoint of another protocol", id="nothing to forward to",
        ),
        pytest.param(
            "conduits.toml", 'grants = ["sftp", "shell"]', 'grants = ["sftp", "shell", "forward:9"]', "idle_grant",
            "conduit office-dmz", "no asset in Plant DMZ answers on port 9", id="a port that nobody answers on",
        ),
    ],
)  # fmt: skip
def test_a_grant_that_nothing_carries_is_found(
    name: str, old: str, new: str, code: str, subject: str, words: str
) -> None:
    (finding,) = refused_findings(read_charter(edited(name, old, new)))
    assert (finding.code, finding.subject) == (code, subject)
    assert words in finding.sentence
    assert finding.remedy


def test_a_desktop_that_nothing_is_pinned_for_is_found_where_a_conduit_leads_to_it() -> None:
    """Before a vendor is told."""
    plant = charter()
    conduit = plant.conduits[ConduitId("office-dmz")]
    asset = next(one for one in plant.assets.values() if one.zone == conduit.destination)
    carries = {**conduit.carries, Protocol.RDP: conduit.actions}
    for web, through, expected in (
        (None, True, [f"asset {asset.id}"]),
        (Web(host="desk"), True, [f"asset {asset.id}"]),
        (Web(authority="MIIB"), True, []),
        (None, False, []),
    ):
        desk = Endpoint(Protocol.RDP, ip_address("10.20.4.40"), 3389, web=web)
        there = replace(asset, endpoints=(*asset.endpoints, desk))
        leads = replace(conduit, carries=carries) if through else conduit
        changed = charter_with(
            assets={**plant.assets, asset.id: there}, conduits={**plant.conduits, conduit.id: leads}
        )
        assert [one.subject for one in refused_findings(changed) if one.code == "rdp_not_pinned"] == expected


def test_a_shell_without_ssh_is_found_for_each_such_grant() -> None:
    plant = charter()
    conduit = plant.conduits[ConduitId("office-dmz")]
    deaf = replace(conduit, carries={Protocol.MODBUS: conduit.actions})
    found = refused_findings(charter_with(conduits={**plant.conduits, conduit.id: deaf}))
    assert [re.findall(r"grants (\w+)", one.sentence) for one in found] == [["sftp"], ["shell"]]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("admitted", "admission ('admitted')"),
        ("proofed", "proofing ('proofed')"),
        ("checked", "a personnel check ('checked')"),
        ("training", "a training ('training')"),
    ],
)
def test_a_vendor_s_person_whose_papers_are_not_written_down_is_found(table: str, words: str) -> None:
    """I05, A05: whoever could not come in is told of before they try."""
    given = edited("people.toml", 'id = "ana"', 'id = "ana"')
    entries = re.split(r"(?m)^(?=\[\[?[a-z.]+\]\]?$)", given["people.toml"].decode())
    at = next(number for number, one in enumerate(entries) if re.match(rf"\[\[?person\.{table}\]\]?\n", one))
    given["people.toml"] = "".join(entries[:at] + entries[at + 1 :]).encode()
    (finding,) = refused_findings(read_charter(given))
    assert finding.code == "papers_missing"
    assert finding.subject == "person ana"
    assert finding.sentence.startswith(f"Not written down: {words};")
