import json

from policies.assurance.oscal_plan import plan_and_catalog
from tests.oscal_schemas import faults
from tests.policies.assurance.test_baseline import shipped
from tests.policies.assurance.test_oscal import SUBJECT, THREE, real, results
from tests.policies.plant import NOW


def test_the_plan_that_the_results_import_is_generated_and_validates() -> None:
    """G03: import-ap points to a generated plan."""
    made = dict(plan_and_catalog(shipped(), SUBJECT, NOW, THREE))
    for document in made.values():
        assert faults(json.loads(json.dumps(document))) == []
    inner = results(real())["assessment-results"]
    by_uuid = {one["uuid"]: one for one in inner["back-matter"]["resources"]}
    plan = by_uuid[inner["import-ap"]["href"].removeprefix("#")]
    assert plan["rlinks"][0]["href"] in made
    controls = {one["id"] for one in made["catalog.json"]["catalog"]["controls"]}
    assert len(controls) == 40
