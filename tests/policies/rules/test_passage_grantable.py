import pytest

from domain.access import GRANTABLE, Grant, PassageKind
from policies.rules.passage_grantable import REFUSALS, PassageGrantable
from tests.policies.plant import SHELL, facts, wanting, word

RULE = PassageGrantable()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(PassageKind.AGENT, "agent_forwarding_refused", id="agent"),
        pytest.param(PassageKind.X11, "x11_forwarding_refused", id="x11"),
        pytest.param(PassageKind.REVERSE_FORWARD, "reverse_forwarding_refused", id="reverse"),
        pytest.param(PassageKind.STREAMLOCAL, "streamlocal_refused", id="streamlocal"),
        pytest.param(PassageKind.TUN, "tun_refused", id="tun"),
        pytest.param(PassageKind.JUMP, "jump_refused", id="jump"),
        pytest.param(PassageKind.SUBSYSTEM, "subsystem_refused", id="subsystem"),
        pytest.param(PassageKind.ENVIRONMENT, "environment_refused", id="environment"),
        pytest.param(PassageKind.OTHER, "unknown_passage_refused", id="other"),
    ],
)
def test_what_no_charter_can_grant_has_its_own_code(kind: PassageKind, expected: str) -> None:  # row: C04
    assert word(RULE, wanting((Grant(kind),)), facts()) == expected


def test_every_kind_is_either_grantable_or_refused_with_a_remedy() -> None:
    assert set(PassageKind) == GRANTABLE | REFUSALS.keys()
    assert not GRANTABLE & REFUSALS.keys()
    assert all(one.sentence.endswith(".") and one.remedy.endswith(".") for one in REFUSALS.values())
    assert len({one.code for one in REFUSALS.values()}) == len(REFUSALS)


@pytest.mark.parametrize("kind", sorted(GRANTABLE))
def test_what_a_permit_can_name_is_accepted_here(kind: PassageKind) -> None:
    assert word(RULE, wanting((Grant(kind),)), facts()) == "accept"


def test_one_bad_passage_among_good_ones_refuses() -> None:
    assert word(RULE, wanting((SHELL, Grant(PassageKind.AGENT))), facts()) == "agent_forwarding_refused"


def test_a_request_without_a_passage_is_refused() -> None:
    assert word(RULE, wanting(()), facts()) == "no_passage"
