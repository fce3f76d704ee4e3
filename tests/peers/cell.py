"""The charter of the plant in which a test's gate stands: one conduit into one cell, a vendor, a holder of every right."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from broker.clock import SystemClock
from domain.access import (
    Action,
    Grant,
    PassageKind,
    RequestField,
)
from domain.ids import (
    AssetId,
    ConduitId,
    OrganisationId,
    PersonId,
    SiteId,
    ToolId,
    VendorId,
    ZoneId,
)
from domain.parties import Contract, Person, Tool, Vendor
from domain.plant import (
    Conduit,
    Criticality,
    Direction,
    OperatingState,
    Organisation,
    Protocol,
    Screening,
    Site,
    Zone,
    ZoneKind,
)
from domain.proof import ProofKind
from domain.record import Agreement
from domain.rights import DecisionRight, Holding
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.rules import REGISTERED
from policies.tools import BROWSER
from tests.domain.samples import RECORD
from tests.policies.plant import every_state_allows

GRANTS = frozenset(
    Grant(kind)
    for kind in (PassageKind.SHELL, PassageKind.EXEC, PassageKind.SFTP, PassageKind.SCP, PassageKind.RSYNC)
)
FORWARD = Grant(PassageKind.FORWARD)
STATES = frozenset({OperatingState.RUNNING})
ACTIONS = frozenset({Action.VIEW, Action.OPERATE})
CONDUIT = ConduitId("dmz-cell")
SITE = SiteId("riverside")
VENDOR = VendorId("acme")
HOLDER = PersonId("petra")


TOOLS = {
    ToolId("openssh"): "SSH-2.0-OpenSSH_",
    ToolId("asyncssh"): "SSH-2.0-AsyncSSH_",
    ToolId("browser"): BROWSER,
}
HERE = ("127.0.0.0/8", "::1/128")


def around(clock: SystemClock) -> TimeWindow:
    """From yesterday until next month."""
    now = clock.now()
    return TimeWindow(now - timedelta(days=1), now + timedelta(days=30))


def with_changes(charter: Charter, **changes: Any) -> Charter:
    """The charter with other parts."""
    names = [one.name for one in fields(Charter) if one.init]
    return Charter(**{name: changes.get(name, getattr(charter, name)) for name in names})


class _Everything(frozenset[AssetId]):
    """A contract that covers whatever a test puts into the plant."""

    def __contains__(self, item: object) -> bool:
        return True


def cell_charter(clock: SystemClock) -> Charter:
    """The whole of it, every rule in force."""
    always = around(clock)
    dmz = Zone(ZoneId("dmz"), "DMZ", SITE, ZoneKind.DMZ, Criticality.LOW, safety=False, record=RECORD)
    cell = Zone(
        ZoneId("cell-1"), "Cell 1", SITE, ZoneKind.CONTROL, Criticality.LOW, safety=False, record=RECORD
    )
    conduit = Conduit(
        id=CONDUIT,
        name="Maintenance of cell 1",
        source=dmz.id,
        destination=cell.id,
        direction=Direction.BOTH,
        purpose="Maintenance",
        owner="Operations",
        failure="No way in",
        success="A way in",
        agreed=Agreement(HOLDER, HOLDER, clock.now().date()),
        vendors=frozenset({VENDOR}),
        carries=dict.fromkeys(Protocol, frozenset(Action)),
        grants=GRANTS | {FORWARD, Grant(PassageKind.ZMODEM)},
        states=STATES,
        proofs=frozenset(ProofKind),
        longest_window=timedelta(hours=12),
        supervised=False,
        safety_dependency=None,
        record=RECORD,
        requires=frozenset({RequestField.PURPOSE}),
        files=Screening.UNSCREENED,
    )
    holdings = tuple(Holding(right, SITE, HOLDER, None, "Access policy 3", always) for right in DecisionRight)
    return Charter(
        organisation=Organisation(
            OrganisationId("riverside-water"), "Riverside Water", "Europe/Amsterdam", demonstration=True
        ),
        sites={SITE: Site(SITE, "Riverside", "Europe/Amsterdam")},
        zones={dmz.id: dmz, cell.id: cell},
        dependencies={},
        conduits={conduit.id: conduit},
        assets={},
        tools={one: Tool(one, one, (version,)) for one, version in TOOLS.items()},
        vendors={
            VENDOR: Vendor(
                VENDOR,
                "Acme",
                (Contract("C-1", always, _Everything()),),
                tools=frozenset(TOOLS),
                networks=HERE,
            )
        },
        people={HOLDER: Person(HOLDER, "Petra Holt", None)},
        holdings=holdings,
        rules=tuple(REGISTERED.values()),
        state_rules=every_state_allows(),
        files={},
        digest=bytes(32),
    )
