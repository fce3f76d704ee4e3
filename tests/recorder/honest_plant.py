"""The plant of honest sessions: what is planned, its charter, its templates, and who says yes on which path."""

import copy
import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain.access import Action, Grant
from domain.plant import OperatingState
from domain.recurrence import Hours
from domain.rights import DecisionRight
from domain.template import Template
from domain.window import TimeWindow
from tests.clock import STARTS
from tests.recorder.cases import CHARTER, permit
from tests.recorder.honest_people import BOUND, KINDS

R = DecisionRight
PATHS = (
    "plain",
    "deputy",
    "delegate",
    "quorum",
    "states",
    "two keys",
    "in order",
    "data out",
    "template",
    "glass",
    "dispute",
)
PASSAGES = ("shell", "exec", "sftp", "scp", "forward")


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens in one session, and what of it a case file carries."""

    seed: int = 0
    path: str = "plain"
    kinds: tuple[str, ...] = ("es256",)
    """With what the approvers sign, one after another."""
    inherited: str = ""
    """``fresh`` or ``attested``: who holds ``connect`` took it over lately, or long ago."""
    hours: bool = False
    went_on: bool = False
    """In another state, agreed to while it ran."""
    pauses: int = 0
    channels: tuple[str, ...] = ("shell",)
    chunks: int = 3
    largest: int = 200
    end: str = "ended"
    """``ended``, ``interrupted`` or ``open``."""
    noise: int = 0
    """Leaves of other sessions before, between and behind."""
    witnessed: bool = False
    stamped: bool = False
    second: bool = False
    """The log signs with a second suite as well."""
    opened: bool = True
    """The recording's key is enclosed."""
    transactions: bool = False
    """The node read a native protocol, and its list is enclosed."""
    files: bool = False
    """A file was brought, held, released and brought again; its leaves of before are another session's."""
    erased: bool = False
    """Two persons let the contents go when their term was over; then no key is enclosed."""


def plan_of(seed: int) -> Plan:
    """A session that ended in order, drawn from ``seed``."""
    chance = random.Random(seed)
    path = PATHS[seed % len(PATHS)]
    kinds = tuple(chance.choice(KINDS) for _ in range(4))
    large = chance.random() < 0.02
    erased = chance.random() < 0.15 and "totp" not in kinds
    return Plan(
        seed=seed,
        path=path,
        kinds=kinds,
        inherited=chance.choice(("", "", "fresh", "attested")),
        hours=chance.random() < 0.3,
        went_on=chance.random() < 0.25,
        pauses=chance.choice((0, 0, 0, 1, 3)),
        channels=tuple(chance.choice(PASSAGES) for _ in range(chance.choice((0, 1, 1, 2, 5)))),
        chunks=chance.randrange(40) if not large else chance.randrange(200, 400),
        largest=chance.choice((1, 20, 300, 4000)) if not large else 65_536,
        noise=chance.choice((0, 1, 5, 40)) if chance.random() < 0.95 else 600,
        witnessed=chance.random() < 0.3,
        stamped=chance.random() < 0.2,
        second=chance.random() < 0.2,
        opened=chance.random() < 0.8 and not erased,
        transactions=chance.random() < 0.3,
        erased=erased,
        files=chance.random() < 0.2,
    )


def charter_of(plan: Plan, kinds: Collection[str], chance: random.Random) -> Any:
    """The charter for ``plan``, whose people sign with keys of ``kinds``."""
    found = copy.deepcopy(CHARTER)
    files: Any = found["files"]
    files["people.toml"]["person"] = [
        {"id": "petra", "side": "it"},
        {"id": "deniz"},
        {"id": "olga", "side": "ot"},
        {"id": "sara", "side": "ot"},
        {"id": "mika", "shift": True},
        {"id": "arno"},
        {"id": "dora"},
        {"id": "ana", "vendor": "brightwater"},
    ]
    bound = all(kind in BOUND for kind in kinds)
    conduit: Any = files["conduits.toml"]["conduit"][0]
    conduit |= {
        "from": "dmz",
        "to": "operations",
        "proofs": ["passkey-bound", "sshsig-sk"] if bound else ["passkey", "sshsig", "totp"],
    }
    if plan.hours:
        rule = chance.choice(("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=1MO"))
        conduit["hours"] = [{"recurs": rule, "at": "07:00", "for": "12h", "since": "2026-01-05"}]
    rights: Any = files["rights.toml"]["right"]
    connect = rights[0]
    zone: Any = files["zones.toml"]["zone"][0]

    def beside(right: str, holder: str, **more: object) -> None:
        rights.append(
            {**rights[0], "right": right, "holder": holder, "from": "2026-01-01", "deputy": "deniz"} | more
        )

    beside("incident_lead", "olga")
    match plan.path:
        case "quorum":
            connect |= {"others": ["olga"], "quorum": 2}
        case "states":
            files["states.toml"] = {"state": [{"state": "running", "view": "allow by 2"}]}
        case "two keys" | "in order":
            zone["safety"] = True
            beside("safety", "sara")
            if plan.path == "in order":
                conduit["in_order"] = ["safety", "connect"]
        case "data out":
            conduit["data_out"] = ["shell"]
            beside("data_out", "olga")
        case "dispute":
            connect["arbiter"] = "arno"
        case "delegate":
            files["rights.toml"]["delegation"] = [
                {
                    "right": "connect",
                    "boundary": "riverside",
                    "by": "petra",
                    "to": "dora",
                    "actions": ["view", "operate"],
                    "states": ["running", "maintenance"],
                    "from": "2026-02-01",
                    "until": "2026-12-01",
                    "approved": "2026-01-20",
                }
            ]
    if plan.inherited:
        since = "2026-02-20" if plan.inherited == "fresh" else "2026-01-15"
        rights.insert(0, {**connect, "holder": "otto", "others": [], "quorum": 1, "until": since})
        connect["from"] = since
    return found


def weekly() -> Template:
    """A standing template."""
    wish = permit()
    return Template(
        id="t" * 26,
        title="Weekly look at the log",
        vendor=wish.vendor,
        persons=frozenset({wish.person}),
        assets=frozenset({wish.asset}),
        conduit=wish.conduit,
        grants=frozenset(Grant.of(each) for each in ("shell", "exec", "sftp", "scp", "forward:502")),
        actions=frozenset({Action.VIEW}),
        states=frozenset({OperatingState.RUNNING}),
        longest=timedelta(hours=4),
        uses=2,
        period=timedelta(days=7),
        confirm=R.INCIDENT_LEAD,
        window=TimeWindow(STARTS - timedelta(days=30), STARTS + timedelta(days=30)),
        hours=(Hours("FREQ=WEEKLY;BYDAY=MO", *_seven(), STARTS.date().replace(day=2)),),
    )


def who(path: str, chance: random.Random) -> list[tuple[DecisionRight, str]]:
    """Under which right who says yes, in this order."""
    match path:
        case "deputy":
            return [(R.CONNECT, "deniz")]
        case "delegate":
            return [(R.CONNECT, "dora")]
        case "quorum":
            return [(R.CONNECT, "olga"), (R.CONNECT, "petra")]
        case "states":
            return [(R.CONNECT, "petra"), (R.CONNECT, "deniz")]
        case "two keys":
            return [(R.CONNECT, "petra"), (R.SAFETY, "sara")]
        case "in order":
            return [(R.SAFETY, "sara"), (R.CONNECT, "petra")]
        case "data out":
            return [(R.DATA_OUT, "olga"), (R.CONNECT, "petra")]
        case "template":
            return [(R.INCIDENT_LEAD, chance.choice(("mika", "olga")))]
        case "glass":
            return [(R.INCIDENT_LEAD, "olga"), (R.INCIDENT_LEAD, "mika")]
        case "dispute":
            return [(R.CONNECT, "arno")]
        case _:
            return [(R.CONNECT, "petra")]


def _seven() -> tuple[Any, timedelta]:
    return (STARTS - timedelta(hours=1)).time(), timedelta(hours=9)
