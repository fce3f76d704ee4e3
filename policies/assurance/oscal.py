"""The view as OSCAL assessment results: one result for each lens, the same evidence under the same uuid in all of them.

OSCAL 1.2.3 (NIST), JSON. Uuids are version 5: the same evidence, exception or control of the same ledger has the same
one in every export. Evidence of a machine is ``TEST``, of a document ``EXAMINE``. OSCAL knows satisfied and
not-satisfied only: what is not applicable is excluded from what was reviewed, and has no finding. Stale evidence
gives ``other`` as the reason. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import NAMESPACE_URL, UUID, uuid5

from domain.canonical import Json, instant_text
from policies.assurance.baseline import Baseline
from policies.assurance.evidence import Item, expires
from policies.assurance.happenings import DEVIATES
from policies.assurance.status import Gap, State
from policies.assurance.view import Lens, Line, View
from policies.charter.tolerated import Standing, Tolerated

OSCAL = "1.2.3"
NS = "urn:penstock:oscal:1"

RISK_STATUS: Mapping[Standing, str] = {
    Standing.TO_COME: "deviation-requested",
    Standing.LAPSED: "deviation-requested",
    Standing.IN_FORCE: "deviation-approved",
    Standing.OVER: "closed",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose results these are: the ledger's origin, the organisation's name, the charter's digest in hex."""

    origin: str
    organisation: str
    charter: str
    software: str

    def uuid(self, *names: object) -> str:
        """The uuid of something of this ledger, by its names."""
        return str(uuid5(_space(self.origin), "\n".join(map(str, names))))


class Observations:
    """Each item of evidence as an observation, made once: it stands in every lens, and below every control that it supports."""

    def __init__(self, baseline: Baseline, subject: Subject) -> None:
        self._baseline = baseline
        self._subject = subject
        self._made: dict[str, dict[str, Json]] = {}

    def of(self, item: Item) -> dict[str, Json]:
        """Not to be changed."""
        found = self._made.get(item.id)
        if found is None:
            found = self._made[item.id] = _observation(self._baseline, self._subject, item)
        return found


def assessment_results(
    baseline: Baseline,
    subject: Subject,
    found: View,
    lenses: Mapping[str, tuple[Lens, View]],
    exceptions: Sequence[Tolerated],
) -> dict[str, Json]:
    """The document. ``exceptions`` are all that were ever written down, each as a risk at its stage."""
    observed = Observations(baseline, subject)
    return {
        "assessment-results": {
            "uuid": subject.uuid("results", found.span.zone, found.span.vendor, instant_text(found.at)),
            "metadata": metadata(subject, "Assessment results", found.at),
            "import-ap": {"href": f"#{subject.uuid('plan resource')}"},
            "local-definitions": {
                "objectives-and-methods": [_objective(one) for one in found.lines],
            },
            "results": [
                _result(baseline, subject, name, lens, seen, exceptions, observed)
                for name, (lens, seen) in lenses.items()
            ],
            "back-matter": {
                "resources": [
                    resource(
                        subject, "plan", "The assessment plan, generated with this", "assessment-plan.json"
                    ),
                    resource(subject, "catalog", "The baseline as a catalog", "catalog.json"),
                ]
            },
        }
    }


def metadata(subject: Subject, title: str, at: datetime) -> dict[str, Json]:
    """What every OSCAL document begins with."""
    return {
        "title": f"{title} of {subject.organisation}",
        "last-modified": instant_text(at),
        "version": instant_text(at),
        "oscal-version": OSCAL,
        "props": [
            prop("software", subject.software),
            prop("ledger-origin", subject.origin),
            prop("charter-sha256", subject.charter),
        ],
        "parties": [
            {
                "uuid": subject.uuid("organisation"),
                "type": "organization",
                "name": subject.organisation,
            }
        ],
    }


def resource(subject: Subject, name: str, title: str, file: str) -> dict[str, Json]:
    """A file that goes with this one."""
    return {"uuid": subject.uuid(f"{name} resource"), "title": title, "rlinks": [{"href": file}]}


def prop(name: str, value: str) -> dict[str, Json]:
    """A property of ours; OSCAL allows no empty one."""
    return {"name": name, "ns": NS, "value": value or "none"}


def control_id(control: str) -> str:
    """The control's id as OSCAL writes it."""
    return control.lower()


def objective_id(control: str) -> str:
    """The id of the one objective of a control: that it is satisfied as the baseline says."""
    return f"{control.lower()}_obj"


@cache
def _space(origin: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"penstock:{origin}")


def _objective(line: Line) -> dict[str, Json]:
    return {
        "control-id": control_id(line.control.id),
        "parts": [
            {
                "id": objective_id(line.control.id),
                "name": "assessment-objective",
                "prose": line.control.title,
            }
        ],
    }


def _result(
    baseline: Baseline,
    subject: Subject,
    name: str,
    lens: Lens,
    seen: View,
    exceptions: Sequence[Tolerated],
    observed: Observations,
) -> dict[str, Json]:
    framework = baseline.frameworks[name]
    asked = {one.id for one in baseline.answering(name)}
    lines = [one for one in seen.lines if one.control.id in asked]
    reviewed = [one for one in lines if one.status.state is not State.NOT_APPLICABLE]
    risks = [one for one in exceptions if _deviates(one) & asked]
    where = seen.span.zone or "all zones"
    result: dict[str, Json] = {
        "uuid": subject.uuid("result", name, seen.span.zone, seen.span.vendor, instant_text(seen.at)),
        "title": f"{framework.name}, {where}",
        "description": f"{framework.name} ({'applies' if lens.applies else 'for reference'}), reckoned from evidence.",
        "start": instant_text(seen.window.start),
        "end": instant_text(seen.window.end),
        "props": [
            prop("framework", name),
            prop("lens", "applies" if lens.applies else "reference"),
            prop("zone", seen.span.zone or "all"),
            prop("vendor", seen.span.vendor or "all"),
        ],
        "reviewed-controls": _reviewed(lines, reviewed),
    }
    if items := _items(reviewed):
        result["observations"] = [observed.of(one) for one in items]
    if risks:
        result["risks"] = [_risk(subject, one) for one in risks]
    if reviewed:
        result["findings"] = [_finding(subject, one, name, risks, observed) for one in reviewed]
    return result


def _reviewed(lines: Sequence[Line], reviewed: Sequence[Line]) -> dict[str, Json]:
    """What was reviewed, and what was left out because nothing happened that it asks of."""
    selection: dict[str, Json] = {"description": "The controls that answer a clause of this framework."}
    left = [one for one in lines if one.status.state is State.NOT_APPLICABLE]
    if reviewed:
        selection["include-controls"] = [{"control-id": control_id(one.control.id)} for one in reviewed]
    if left:
        selection["exclude-controls"] = [{"control-id": control_id(one.control.id)} for one in left]
        selection["remarks"] = (
            "Excluded: not applicable in this window, for no session was of the kind they ask about."
        )
    return {"control-selections": [selection]}


def _items(lines: Iterable[Line]) -> tuple[Item, ...]:
    return tuple({item.id: item for line in lines for item in line.status.items}.values())


def _observation(baseline: Baseline, subject: Subject, item: Item) -> dict[str, Json]:
    """One item of evidence: the same in every lens."""
    ends = expires(baseline, item)
    found: dict[str, Json] = {
        "uuid": subject.uuid("evidence", item.id, item.digest),
        "title": f"{item.kind}, {item.subject or 'plant'}",
        "description": f"{baseline.kinds[item.kind].title}, from {item.source}."[:1000],
        "props": [
            prop("kind", item.kind),
            prop("source", item.source),
            prop("collector", item.collector),
            prop("sha256", item.digest),
            prop("leaf", "none" if item.leaf is None else str(item.leaf)),
            prop("verified", "yes" if item.verified else "no"),
            *(prop("control", control_id(one)) for one in item.controls),
        ],
        "methods": ["EXAMINE" if item.examined else "TEST"],
        "types": ["control-objective"],
        "collected": instant_text(item.collected),
    }
    if ends is not None:
        found["expires"] = instant_text(ends)
    if item.note:
        found["remarks"] = item.note
    return found


def _finding(
    subject: Subject, line: Line, lens: str, risks: Sequence[Tolerated], observed: Observations
) -> dict[str, Json]:
    state = line.status.state
    reason = "pass" if state is State.SATISFIED else "other" if line.status.stale else "fail"
    found: dict[str, Json] = {
        "uuid": subject.uuid("finding", lens, line.control.id, *(_gap(one) for one in line.status.gaps)),
        "title": f"{line.control.id}: {state}",
        "description": "; ".join(_gap(one) for one in line.status.gaps[:20]) or line.control.title,
        "target": {
            "type": "objective-id",
            "target-id": objective_id(line.control.id),
            "title": line.control.title,
            "status": {"state": str(state), "reason": reason},
        },
        "props": [
            prop("maturity", "none" if line.maturity is None else str(line.maturity)),
            prop("risk-treatment", line.treatment),
            prop("tests-run", str(line.checked)),
            prop("tests-passed", str(line.checked - line.failed)),
            prop("tests-failed", str(line.failed)),
        ],
    }
    if line.status.items:
        found["related-observations"] = [
            {"observation-uuid": observed.of(one)["uuid"]} for one in line.status.items
        ]
    related = [one for one in risks if line.control.id in _deviates(one)]
    if related:
        found["related-risks"] = [{"risk-uuid": subject.uuid("risk", one.exception.id)} for one in related]
    return found


def _gap(gap: Gap) -> str:
    parts = [gap.kind, str(gap.why), gap.session, gap.detail]
    return " ".join(one for one in parts if one)


def _deviates(one: Tolerated) -> frozenset[str]:
    return frozenset[str]().union(*(DEVIATES[lifted] for lifted in one.exception.lifts))


def _risk(subject: Subject, one: Tolerated) -> dict[str, Json]:
    """An exception: requested until it holds, approved while it does, closed when it is over (G05)."""
    it = one.exception
    return {
        "uuid": subject.uuid("risk", it.id),
        "title": f"Exception {it.id}",
        "description": it.reason,
        "statement": f"Tolerated over {it.boundary}: {', '.join(sorted(it.lifts))}.",
        "props": [
            prop("owner", it.owner),
            prop("granted-by", it.granted_by),
            prop("renewal", str(one.renewal)),
        ],
        "status": RISK_STATUS[one.standing],
        "mitigating-factors": [
            {"uuid": subject.uuid("mitigation", it.id), "description": it.compensating},
        ],
        "deadline": instant_text(it.window.end),
    }
