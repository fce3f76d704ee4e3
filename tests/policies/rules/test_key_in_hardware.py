from dataclasses import replace

import pytest

from domain.access import AccessRequest, ConnectionMethod
from domain.ids import ConduitId, PersonId, ZoneId
from policies.charter.charter import Charter
from policies.charter.ssh_keys import fingerprint
from policies.rules.key_in_hardware import KeyInHardware, keys_in_hardware
from tests.policies.charter.test_ssh_keys import made
from tests.policies.plant import KEY, asking, charter, ed25519_line, facts, wanting, word

RULE = KeyInHardware()
HARD = made(b"sk-ssh-ed25519@openssh.com", bytes(32), b"ssh:")
BY_HAND = wanting(key=fingerprint(HARD))


def plant(*, zone: bool = False, conduit: bool = True, hard: bool = True) -> Charter:
    given = charter()
    way = replace(given.conduits[ConduitId("dmz-operations")], hardware_keys=conduit)
    to = replace(given.zones[ZoneId("operations")], hardware_keys=zone)
    ana = given.people[PersonId("ana")]
    ana = replace(ana, ssh_keys=(*ana.ssh_keys, HARD) if hard else ana.ssh_keys)
    return replace(
        given,
        conduits={**given.conduits, way.id: way},
        zones={**given.zones, to.id: to},
        people={**given.people, ana.id: ana},
    )


@pytest.mark.parametrize(
    ("request_", "given", "expected"),
    [
        pytest.param(BY_HAND, plant(), "accept", id="a security key, of the conduit"),
        pytest.param(BY_HAND, plant(zone=True, conduit=False), "accept", id="a security key, of the zone"),
        pytest.param(wanting(), plant(), "key_in_software", id="another key"),
        pytest.param(
            wanting(), plant(zone=True, conduit=False), "key_in_software", id="another key, of the zone"
        ),
        pytest.param(wanting(key=""), plant(), "key_in_software", id="no key"),
        pytest.param(BY_HAND, plant(hard=False), "key_in_software", id="somebody else's security key"),
        pytest.param(
            replace(BY_HAND, method=ConnectionMethod.BROWSER), plant(), "key_in_software", id="a browser"
        ),
        pytest.param(
            asking(method=ConnectionMethod.BROWSER), plant(), "key_in_software", id="asking for the browser"
        ),
        pytest.param(asking(), plant(), "accept", id="asking, with one"),
        pytest.param(asking(), plant(hard=False), "no_hardware_key", id="asking, without one"),
        pytest.param(wanting(), plant(conduit=False), "accept", id="nobody asks for it"),
        pytest.param(wanting(person=PersonId("nobody")), plant(), "abstain", id="a stranger: others say no"),
    ],
)
def test_where_the_plant_asks_for_it_a_key_in_a_security_key_comes_through_and_no_other(
    request_: AccessRequest, given: Charter, expected: str
) -> None:
    """A08: hardware-bound keys demanded where a zone or a conduit says so, each refusal by its own code."""
    assert word(RULE, request_, facts(charter=given)) == expected


def test_the_kind_of_key_says_where_it_is() -> None:
    ana = charter().people[PersonId("ana")]
    assert keys_in_hardware(None) == frozenset()
    assert keys_in_hardware(ana) == frozenset()
    assert keys_in_hardware(replace(ana, ssh_keys=(HARD, ed25519_line(9)))) == {fingerprint(HARD)}
    assert KEY not in keys_in_hardware(replace(ana, ssh_keys=(HARD,)))
