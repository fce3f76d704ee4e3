"""What zones and conduits may say and had better not. Levels play no part: a plant may bend its layers."""

from collections.abc import Iterator

from domain.access import PassageKind
from domain.plant import Conduit, Direction, Zone, ZoneKind
from domain.vocabulary import FILES
from policies.charter.charter import Charter
from policies.charter.finding import Finding
from policies.pathway import PathwayKind, PathwayStatus

ANSWERS = (
    ("purpose", "no_purpose", "It does not say why it exists."),
    ("owner", "no_owner", "Nobody answers for it."),
    ("failure", "no_failure", "It does not say what failure looks like."),
    ("success", "no_success_test", "It does not say how to test that it does what it is for."),
)
"""What has to be answered, by both sides, before anything passes: field, code, sentence."""


def plant_findings(charter: Charter) -> Iterator[Finding]:
    """Everything to reconsider about where things stand and how they are joined."""
    for conduit in charter.conduits.values():
        yield from _path(charter, conduit)
        yield from _answers(conduit)
        yield from _in_the_clear(charter, conduit)
        yield from _unread(conduit)
        yield from _beside_a_shell(conduit)
    for zone in charter.zones.values():
        yield from _zone(charter, zone)
    for pathway in charter.pathways.values():
        if pathway.status is PathwayStatus.UNGOVERNED:
            yield Finding(
                "ungoverned_pathway",
                f"pathway {pathway.id}",
                f"Nobody decides over {pathway.name} into {charter.zones[pathway.zone].name}.",
                "Close it, bring it under a control with an owner, or have it excepted for a while.",
            )


def exposures(charter: Charter, zone: Zone) -> tuple[str, ...]:
    """How ``zone`` can be reached from outside the organisation: in its own words, over conduits, and beside them."""
    over = tuple(
        f"the conduit {one.id} from {charter.zones[one.source].name}"
        for one in charter.conduits.values()
        if one.destination == zone.id and charter.zones[one.source].kind is ZoneKind.EXTERNAL
    )
    beside = tuple(
        f"the {one.kind.replace('-', ' ')} {one.id}"
        for one in charter.pathways.values()
        if one.zone == zone.id and one.kind is not PathwayKind.REMOVABLE_MEDIA
    )
    return ((zone.exposure,) if zone.exposure else ()) + over + beside


def _path(charter: Charter, conduit: Conduit) -> Iterator[Finding]:
    source, destination = charter.zones[conduit.source], charter.zones[conduit.destination]
    subject = f"conduit {conduit.id}"
    # Both ways round: a path that the plant opens towards the office is the same path.
    if _skips_dmz(source, destination) or _skips_dmz(destination, source):
        yield Finding(
            "skips_dmz",
            subject,
            f"It joins {source.name} and {destination.name} without passing the DMZ.",
            "Make two conduits of it, one into the DMZ and one out of it (ZCR 3.2, 3.6).",
        )
    writes = conduit.direction is not Direction.OUTBOUND
    if charter.touches_safety(conduit) and writes and charter.safety_record(conduit) is None:
        name = destination.name if destination.safety else source.name
        yield Finding(
            "safety_conduit",
            subject,
            f"It leads into or out of the safety zone {name} and stands on no safety dependency record.",
            "Remove it, make it outbound, or have safety and security sign a [[safety_dependency]] for it.",
        )


def _skips_dmz(outer: Zone, inner: Zone) -> bool:
    return outer.kind in {ZoneKind.BUSINESS, ZoneKind.EXTERNAL} and inner.kind is ZoneKind.CONTROL


def _answers(conduit: Conduit) -> Iterator[Finding]:
    subject = f"conduit {conduit.id}"
    for field, code, sentence in ANSWERS:
        if not getattr(conduit, field).strip():
            yield Finding(
                code, subject, sentence, f"Fill in '{field}'; until then nothing passes.", field=field
            )
    if conduit.agreed is None:
        yield Finding(
            "not_agreed",
            subject,
            "The two sides have not agreed on it.",
            "Add [conduit.agreed] with a person of each side and the day; until then nothing passes.",
        )
    elif conduit.agreed.source == conduit.agreed.destination:
        yield Finding(
            "one_sided",
            subject,
            f"{conduit.agreed.source} agreed to it for both sides.",
            "Have somebody of the other side agree, unless one person does own both.",
            note=True,
            field="agreed",
        )


def _in_the_clear(charter: Charter, conduit: Conduit) -> Iterator[Finding]:
    for asset in charter.assets.values():
        end = asset.terminal()
        if asset.zone == conduit.destination and end is not None and end.protocol in conduit.cleartext:
            signs_in = end.line is not None and end.line.log_in is not None
            yield Finding(
                "cleartext",
                f"conduit {conduit.id}",
                f"Over it {asset.name} is reached by {end.protocol}: from the gate on everything is in the clear"
                f"{', the credential of the vault too' if signs_in else ''}.",
                "Nothing, if it is meant to be; keep the gate and the asset on a network of their own.",
                note=True,
                field="cleartext",
            )


def _unread(conduit: Conduit) -> Iterator[Finding]:
    if conduit.not_recordable:
        yield Finding(
            "not_recordable",
            f"conduit {conduit.id}",
            f"Inside what it passes on unread may run: {', '.join(sorted(conduit.not_recordable))}. What is done in them is in"
            " no evidence.",
            "They run while an exception lifts 'unrecordable_inner_tunnel'. Better: give the endpoint its own protocol, or the asset a way in by SSH.",
            note=True,
            field="not_recordable",
        )


def _beside_a_shell(conduit: Conduit) -> Iterator[Finding]:
    ways = sorted(
        {str(one.kind) for one in conduit.grants if one.kind in {PassageKind.SHELL, PassageKind.EXEC}}
    )
    if ways and any(one.place == FILES for one in conduit.limits):
        yield Finding(
            "paths_beside_a_shell",
            f"conduit {conduit.id}",
            f"It names between which paths files go, and lets {' and '.join(ways)} through, which read and write what they like.",
            "Nothing, if it is meant to be. Better: a conduit for files, and another one for whoever needs a shell.",
            note=True,
            field="limits",
        )


def _zone(charter: Charter, zone: Zone) -> Iterator[Finding]:
    subject = f"zone {zone.id}"
    if zone.id in charter.organisation.broker_zones and zone.kind is not ZoneKind.DMZ:
        yield Finding(
            "broker_in_control_zone" if zone.kind is ZoneKind.CONTROL else "broker_outside_dmz",
            subject,
            f"A broker stands in {zone.name}, where whoever breaks it is already inside."
            if zone.kind is ZoneKind.CONTROL
            else f"A broker stands in {zone.name}, which is no DMZ.",
            "Move it into a DMZ and name that in 'broker_zones' of sites.toml.",
        )
    if zone.kind is not ZoneKind.EXTERNAL and (ways := exposures(charter, zone)):
        yield Finding(
            "external_exposure",
            subject,
            f"{zone.name} can be reached from outside: {'; '.join(ways)}.",
            "Nothing, if it is meant to be; it counts as exposed in every report.",
            note=True,
        )
