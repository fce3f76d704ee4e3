"""What OSCAL results refer to: the assessment plan, made from the baseline, and the baseline as a catalog. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.canonical import Json
from policies.assurance.baseline import Baseline
from policies.assurance.oscal import Subject, control_id, metadata, objective_id, prop, resource


def plan_and_catalog(
    baseline: Baseline, subject: Subject, at: datetime, names: Iterable[str]
) -> Iterator[tuple[str, dict[str, Json]]]:
    """The two documents that the results refer to, by file name. ``names`` are the lenses that were looked through."""
    frameworks = list(names)
    controls = [
        one for one in baseline.controls.values() if any(one.satisfies.get(name) for name in frameworks)
    ]
    yield (
        "assessment-plan.json",
        {
            "assessment-plan": {
                "uuid": subject.uuid("plan"),
                "metadata": metadata(subject, "Assessment plan", at),
                "import-ssp": {
                    "href": f"#{subject.uuid('charter resource')}",
                    "remarks": "The plant's signed charter stands where OSCAL has a system security plan.",
                },
                "reviewed-controls": {
                    "control-selections": [
                        {"include-controls": [{"control-id": control_id(one.id)} for one in controls]}
                    ]
                },
                "back-matter": {
                    "resources": [
                        {
                            "uuid": subject.uuid("charter resource"),
                            "title": "The charter in force",
                            "props": [prop("sha256", subject.charter)],
                        },
                        resource(subject, "catalog", "The baseline as a catalog", "catalog.json"),
                    ]
                },
            }
        },
    )
    yield (
        "catalog.json",
        {
            "catalog": {
                "uuid": subject.uuid("catalog"),
                "metadata": metadata(subject, "Control baseline", at),
                "controls": [
                    {
                        "id": control_id(one.id),
                        "title": one.title,
                        "props": [
                            prop("refresh", "per-session" if one.refresh is None else str(one.refresh)),
                            prop("basis", one.basis),
                            *(prop("evidence", kind) for kind in one.kinds),
                        ],
                        "parts": [
                            {
                                "id": objective_id(one.id),
                                "name": "assessment-objective",
                                "prose": one.title,
                            }
                        ],
                    }
                    for one in baseline.controls.values()
                ],
            }
        },
    )
