"""The two files of the plant that a case file carries, read without the packages that wrote them.

The trust file says whose passkeys count; the charter snapshot says who held which right. Both are
only believed when the ledger names their digest.
"""

import hashlib
import tomllib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.access import Action
from domain.break_glass import GlassRule, GlassTerms, glass_holding
from domain.canonical import Json, canonical, instant_of
from domain.delegation import Delegation, Stake
from domain.errors import EvidenceError, ProofError
from domain.ids import PersonId
from domain.permit import Permit
from domain.plant import OperatingState, Outflow
from domain.recurrence import Hours
from domain.rights import DecisionRight, Holding, Side, holding_of
from domain.voices import Seat, rights_needed, seats, voices
from domain.window import TimeWindow
from recorder.hours import day_of, hours_of
from recorder.passkey import EnrolledKey
from recorder.ssh_signature import EnrolledSigner, enrolled_signer
from recorder.state_quorum import StateQuorums

TRUST_SCHEMA = "penstock-trust/1"
CHARTER_SCHEMA = "penstock-charter/1"
_PASSKEY_FIELDS = (
    "credential_id",
    "public_key",
    "label",
    "enrolled_at",
    "enrolled_by",
    "backup_eligible",
)
_SIGNING_KEY_FIELDS = ("key", "label", "enrolled_at", "enrolled_by")


@dataclass(frozen=True, slots=True)
class TrustSnapshot:
    """``trust/approvers.toml`` as the case file carries it. ``digest`` is how the ledger names it, in hex."""

    rp_id: str
    origins: tuple[str, ...]
    keys: tuple[EnrolledKey, ...]
    digest: str
    signers: tuple[EnrolledSigner, ...] = ()

    @staticmethod
    def of(data: bytes) -> "TrustSnapshot":
        """The trust in that file; EvidenceError when it can't be read."""
        try:
            return _trust(tomllib.loads(data.decode("utf-8")))
        except (KeyError, TypeError, ValueError, ProofError) as error:
            raise EvidenceError(f"The trust file can't be read: {error!r}.") from error

    def key(self, person: str, credential_id: bytes) -> EnrolledKey | None:
        """That person's own passkey of this id."""
        return next(
            (one for one in self.keys if one.person == person and one.credential_id == credential_id), None
        )


@dataclass(frozen=True, slots=True)
class CharterSnapshot:
    """The charter under which the permit was asked for. ``digest`` is how the permit names it."""

    digest: bytes
    organisation: str
    zones: Mapping[str, str]
    """Asset to zone."""
    sites: Mapping[str, str]
    """Zone to site."""
    proofs: Mapping[str, frozenset[str]]
    """Conduit to the kinds of proof that it accepts."""
    sides: Mapping[PersonId, Side | None]
    """The plant's own people, and which side each is of."""
    holdings: tuple[Holding, ...]
    delegations: tuple[Delegation, ...]
    ways: Mapping[str, tuple[str, str]]
    """Conduit to the zones that it joins."""
    safety: frozenset[str]
    """The safety zones."""
    data_out: Mapping[str, frozenset[Outflow]]
    """Conduit to what the holder of ``data_out`` must have said yes to."""
    shift: frozenset[PersonId] = frozenset()
    """The plant's people who are of the shift: with who leads incidents they may break the glass."""
    glass_persons: int = 2
    """How many of them it takes."""
    quorums: StateQuorums = field(default_factory=StateQuorums)
    """How many must say yes under ``connect`` for what the zone was doing."""
    clocks: Mapping[str, str] = field(default_factory=dict)
    """Asset to the IANA zone by whose clock its hours are read."""
    hours: Mapping[str, tuple[Hours, ...]] = field(default_factory=dict)
    """Conduit to its hours; one without any may be used at any time."""
    in_order: Mapping[str, tuple[DecisionRight, ...]] = field(default_factory=dict)
    """Conduit to the rights that decide one after another over it."""

    @staticmethod
    def of(document: Json) -> "CharterSnapshot":
        """The charter in that document; EvidenceError when it can't be read."""
        try:
            return _charter(document)
        except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError) as error:
            raise EvidenceError(f"The charter snapshot can't be read: {error!r}.") from error

    def holding(self, right: DecisionRight, permit: Permit, at: datetime) -> Holding | None:
        """Who held ``right`` over the permit's way at ``at``: the nearest boundary that names it decides."""
        return holding_of(self.holdings, right, self.way(permit), at)

    def way(self, permit: Permit) -> tuple[str, ...]:
        """The boundaries that ``permit`` crosses, near to far: conduit, zone, site, organisation."""
        zone = self.zones.get(permit.asset, "")
        return (permit.conduit, zone, self.sites.get(zone, ""), self.organisation)

    def seats(self, permit: Permit, at: datetime, *, broken: bool = False) -> tuple[Seat, ...]:
        """Every yes that ``permit`` needed at ``at``, and who could have said it.

        ``broken``: the ledger tells of break-glass, which stands in for the key ``connect`` and no other. What
        nobody attested counts here as it is written: see ``recorder.attested``.
        """
        touched = {self.zones.get(permit.asset, ""), *self.ways.get(permit.conduit, ())}
        needed = rights_needed(
            safety=bool(touched & self.safety),
            data_out=self.data_out.get(permit.conduit, frozenset()),
            grants=permit.grants,
        )
        if broken:
            needed = needed - {DecisionRight.CONNECT} | {DecisionRight.INCIDENT_LEAD}
        stake = Stake(permit.actions, permit.states)
        found: list[Seat] = []
        for right in sorted(needed):
            lead = right is DecisionRight.INCIDENT_LEAD
            holding = self.holding(right, permit, at)
            holding = glass_holding(holding, self.shift) if lead else holding
            able = voices(
                holding, stake, at, requester=permit.person, sides=self.sides, delegations=self.delegations
            )
            found += seats(holding, right, able, self._least(right, permit))
        return tuple(found)

    def _least(self, right: DecisionRight, permit: Permit) -> int:
        """How many must say yes under ``right``, whatever its holding says."""
        if right is DecisionRight.INCIDENT_LEAD:
            return self.glass_persons
        if right is DecisionRight.CONNECT:
            return self.quorums.persons(permit.asset, permit.actions, permit.states)
        return 1


def _trust(table: Mapping[str, object]) -> TrustSnapshot:
    if table["schema"] != TRUST_SCHEMA:
        raise ValueError("its schema is another")
    rows: list[dict[str, Json]] = []
    keys: list[EnrolledKey] = []
    for entry in sorted(_dicts(table.get("passkeys", [])), key=_order):
        rows.append({name: _plain(entry[name]) for name in ("person", *_PASSKEY_FIELDS)})
        keys.append(
            EnrolledKey(
                _text(entry["person"]),
                _base64url(entry["credential_id"]),
                _base64url(entry["public_key"]),
                entry["backup_eligible"] is True,
            )
        )
    if len({one.credential_id for one in keys}) < len(keys) or len({one.public_key for one in keys}) < len(
        keys
    ):
        raise ValueError("one passkey is enrolled twice")
    rp_id, origins = _text(table["rp_id"]), tuple(_texts(table["origins"]))
    whole: dict[str, Json] = {
        "schema": TRUST_SCHEMA,
        "rp_id": rp_id,
        "origins": list(origins),
        "passkeys": rows,
    }
    signers = sorted(_dicts(table.get("signing_keys", [])), key=_signer_order)
    if signers:
        whole["signing_keys"] = [
            {name: _plain(entry[name]) for name in ("person", *_SIGNING_KEY_FIELDS)} for entry in signers
        ]
    return TrustSnapshot(
        rp_id,
        origins,
        tuple(keys),
        hashlib.sha256(canonical(whole)).hexdigest(),
        tuple(enrolled_signer(_text(one["person"]), _text(one["key"])) for one in signers),
    )


def _order(entry: Mapping[str, object]) -> tuple[str, datetime, bytes]:
    return (
        _text(entry["person"]),
        instant_of(_text(entry["enrolled_at"])),
        _base64url(entry["credential_id"]),
    )


def _signer_order(entry: Mapping[str, object]) -> tuple[str, datetime, str]:
    return _text(entry["person"]), instant_of(_text(entry["enrolled_at"])), _text(entry["key"])


def _charter(document: Json) -> CharterSnapshot:
    if not isinstance(document, Mapping) or document["schema"] != CHARTER_SCHEMA:
        raise ValueError("its schema is another")
    files = document["files"]
    if not isinstance(files, Mapping):
        raise TypeError("its files are no object")

    def rows(file: str, key: str) -> Sequence[Mapping[str, object]]:
        content = files[file]
        return _dicts(content.get(key, [])) if isinstance(content, Mapping) else []

    sites = files["sites.toml"]
    organisation = sites["organisation"] if isinstance(sites, Mapping) else None
    if not isinstance(organisation, Mapping):
        raise TypeError("it has no organisation")
    clock = ZoneInfo(_text(organisation["time_zone"]))
    people = rows("people.toml", "person")
    conduits = rows("conduits.toml", "conduit")
    sited = {_text(one["id"]): _text(one["site"]) for one in rows("zones.toml", "zone")}
    clocks = {_text(one["id"]): _text(one.get("time_zone", clock.key)) for one in rows("sites.toml", "site")}
    return CharterSnapshot(
        digest=hashlib.sha256(canonical(document)).digest(),
        organisation=_text(organisation["id"]),
        zones={_text(one["id"]): _text(one["zone"]) for one in rows("assets.toml", "asset")},
        sites=sited,
        proofs={_text(one["id"]): frozenset(_texts(one["proofs"])) for one in conduits},
        sides={PersonId(_text(one["id"])): _side(one) for one in people if not one.get("vendor")},
        holdings=tuple(_holding(one, clock) for one in rows("rights.toml", "right")),
        delegations=tuple(_delegation(one, clock) for one in rows("rights.toml", "delegation")),
        ways={_text(one["id"]): (_text(one.get("from", "")), _text(one.get("to", ""))) for one in conduits},
        safety=frozenset(_text(one["id"]) for one in rows("zones.toml", "zone") if one.get("safety") is True),
        data_out={
            _text(one["id"]): frozenset(Outflow(each) for each in _texts(one.get("data_out", [])))
            for one in conduits
        },
        shift=frozenset(
            PersonId(_text(one["id"])) for one in people if one.get("shift") is True and not one.get("vendor")
        ),
        glass_persons=GlassTerms(_glass_rule(files.get("exceptions.toml"))).persons,
        quorums=StateQuorums.of(
            _table(files.get("states.toml", {})),
            {
                _text(one["id"]): (_text(one["zone"]), _text(one.get("criticality", "low")))
                for one in rows("assets.toml", "asset")
            },
            {_text(one["id"]): _text(one.get("criticality", "low")) for one in rows("zones.toml", "zone")},
        ),
        clocks={
            _text(one["id"]): clocks.get(sited.get(_text(one["zone"]), ""), _text(organisation["time_zone"]))
            for one in rows("assets.toml", "asset")
        },
        in_order={
            _text(one["id"]): tuple(DecisionRight(each) for each in _texts(one.get("in_order", [])))
            for one in conduits
        },
        hours={_text(one["id"]): hours_of(_dicts(one["hours"])) for one in conduits if "hours" in one},
    )


def _table(content: object) -> Mapping[str, object]:
    if not isinstance(content, Mapping):
        raise TypeError("a file is no table")
    return content


def _glass_rule(content: object) -> GlassRule:
    table = content.get("break_glass") if isinstance(content, Mapping) else None
    rule = table.get("rule") if isinstance(table, Mapping) else None
    return GlassTerms().rule if rule is None else GlassRule(_text(rule))


def _holding(row: Mapping[str, object], zone: ZoneInfo) -> Holding:
    deputy = row.get("deputy")
    return Holding(
        right=DecisionRight(_text(row["right"])),
        boundary=_text(row["boundary"]),
        holder=PersonId(_text(row["holder"])),
        deputy=None if deputy is None else PersonId(_text(deputy)),
        basis=_text(row["basis"]),
        window=TimeWindow(_instant(row["from"], zone), _instant(row["until"], zone)),
        others=tuple(PersonId(one) for one in _texts(row.get("others", []))),
        quorum=_number(row.get("quorum", 1)),
        arbiter=PersonId(_text(row["arbiter"])) if "arbiter" in row else None,
        side=_side(row),
    )


def _side(row: Mapping[str, object]) -> Side | None:
    return Side(_text(row["side"])) if "side" in row else None


def _delegation(row: Mapping[str, object], zone: ZoneInfo) -> Delegation:
    return Delegation(
        right=DecisionRight(_text(row["right"])),
        boundary=_text(row["boundary"]),
        by=PersonId(_text(row["by"])),
        to=PersonId(_text(row["to"])),
        actions=frozenset(Action(one) for one in _texts(row["actions"])),
        states=frozenset(OperatingState(one) for one in _texts(row["states"])),
        window=TimeWindow(_instant(row["from"], zone), _instant(row["until"], zone)),
        approved=_instant(row["approved"], zone),
        document=_text(row.get("document", "")),
    )


def _instant(value: object, zone: ZoneInfo) -> datetime:
    """An instant in UTC, or a date: midnight where the plant is."""
    text = _text(value)
    if text.endswith("Z"):
        return instant_of(text)
    return datetime.combine(day_of(text), time(), zone).astimezone(UTC)


def _dicts(value: object) -> Sequence[Mapping[str, object]]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise TypeError("a list of tables is something else")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a number")
    return value


def _texts(value: object) -> Sequence[str]:
    if not isinstance(value, list):
        raise TypeError("a list is something else")
    return [_text(one) for one in value]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _plain(value: object) -> Json:
    if not isinstance(value, str | bool):
        raise TypeError(f"{value!r} does not belong in the trust file")
    return value


def _base64url(value: object) -> bytes:
    text = _text(value)
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError(f"{text!r} is not base 64 in its one written form")
    return data
