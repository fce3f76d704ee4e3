from dataclasses import replace

from broker.console.browsing.ways import ways
from domain.access import ConnectionMethod, Grant, PassageKind
from domain.permit import USABLE, Permit, PermitState
from tests.domain.samples import permit as a_permit


def by_browser(*kinds: PassageKind) -> Permit:
    grants = frozenset(Grant(one) for one in kinds)
    return replace(a_permit(), method=ConnectionMethod.BROWSER, keys=frozenset(), grants=grants)


def test_a_permit_opens_in_the_browser_what_it_grants_and_nothing_before_it_is_approved() -> None:
    shell = by_browser(PassageKind.SHELL, PassageKind.EXEC)
    for state in PermitState:
        assert bool(ways(shell, state)) is (state in USABLE), state
    (one,) = ways(shell, PermitState.APPROVED)
    assert (one.what, one.path) == ("Open a terminal here", f"/permits/{shell.id}/terminal")
    (command,) = ways(by_browser(PassageKind.EXEC), PermitState.ACTIVE)
    assert command.what == "Run one command here"
    assert ways(by_browser(PassageKind.SFTP), PermitState.ACTIVE) == ()


def test_a_permit_for_ssh_clients_opens_nothing_in_a_browser() -> None:
    assert ways(a_permit(grants=frozenset({Grant(PassageKind.SHELL)})), PermitState.ACTIVE) == ()
