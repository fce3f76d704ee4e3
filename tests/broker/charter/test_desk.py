"""A version is proposed, signed by those whom it concerns, and only then put in force."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.cli.people_commands import people as people_commands
from domain.errors import ConfigError, EvidenceError, PenstockError, ProofError
from policies.charter.application import Signature
from policies.charter.impact import Impact
from tests.broker.chartered import DENIZ, LONGER, OLGA, PETRA, SHORTER, Chartered


@pytest.fixture
def plant(tmp_path: Path) -> Chartered:
    plant = Chartered(tmp_path)
    plant.begin()
    return plant


def test_relaxing_without_the_holder_s_signature_is_refused(plant: Chartered) -> None:
    """C14, S-05: not unsigned, and not on the word of somebody else."""
    plant.enrol(OLGA)
    plant.edit(*LONGER)
    with pytest.raises(ConfigError, match="'connect' over dmz-pumping: petra or deniz"):
        plant.apply()
    with pytest.raises(ConfigError, match="'connect' over dmz-pumping"):
        plant.apply(OLGA)
    assert plant.desk().in_force() is not None
    assert plant.desk().in_force().conduits["dmz-pumping"].longest_window == timedelta(hours=4)


def test_the_deputy_s_signature_will_do(plant: Chartered) -> None:
    plant.enrol(DENIZ)
    plant.edit(*LONGER)
    assert plant.apply(DENIZ).proposal.version == 2


def test_tightening_takes_anybody_who_holds_a_right(plant: Chartered) -> None:
    plant.enrol(OLGA)
    plant.edit(*SHORTER)
    assert plant.apply(OLGA).proposal.version == 2


def test_a_relaxing_step_is_a_leaf_with_reason_signers_and_what_relaxed(plant: Chartered) -> None:
    """H14, S-11, S-45: the leaf names the change, the person, and on whose word."""
    plant.edit(*LONGER)
    application = plant.apply(PETRA)
    told = next(plant.log_reader().find(event="CharterApplied", limit=1)).event
    assert told["version"] == 2
    assert told["reason"] == "Because the drives need it"
    assert told["signers"] == ["petra: connect over dmz-pumping"]
    assert told["changes"] == [
        "relaxing: Conduit dmz-pumping (Drive maintenance): the longest window from 4 h to 5 h."
    ]
    assert told["digest"] == application.proposal.charter.hex()
    assert told["previous"] == application.proposal.previous.hex()
    assert told["by"] == "local:root"


def test_a_proposal_needs_a_reason(plant: Chartered) -> None:
    """C14: relaxing needs a reason as well."""
    plant.edit(*LONGER)
    with pytest.raises(PenstockError, match="reason"):
        plant.propose("")


def test_what_changes_nothing_is_no_proposal(plant: Chartered) -> None:
    with pytest.raises(PenstockError, match="in force already"):
        plant.propose()


def test_a_signature_over_something_else_is_not_taken(plant: Chartered) -> None:
    plant.edit(*LONGER)
    first = plant.propose("One reason")
    signature = plant.signature(first, PETRA)
    second = plant.propose("Another reason")
    with pytest.raises(ProofError):
        plant.desk().sign(second, signature)
    with pytest.raises(ProofError, match="not signed by"):
        plant.desk().sign(second, Signature(PETRA, "totp", {"code": "123456"}))


def test_a_signature_gathered_by_one_process_is_there_for_the_next(plant: Chartered) -> None:
    plant.edit(*LONGER)
    proposed = plant.propose()
    assert [one.boundary for one in plant.desk().missing(proposed, plant.now)] == ["dmz-pumping"]
    plant.desk().sign(proposed, plant.signature(proposed, PETRA))
    again = plant.desk().propose(plant.layout.charter_files(), "", plant.now + timedelta(hours=1))
    assert again.proposal == proposed.proposal
    assert plant.desk().missing(again, plant.now) == ()


def test_a_signature_file_that_does_not_verify_counts_for_nothing(plant: Chartered) -> None:
    plant.edit(*LONGER)
    proposed = plant.propose()
    plant.desk().sign(proposed, plant.signature(proposed, PETRA))
    (path,) = plant.layout.proposed.glob("*.signature")
    path.write_text(path.read_text().replace("petra", "deniz"))
    waiting = plant.desk().waiting()
    assert waiting is not None
    assert plant.desk().signed(waiting) == frozenset()


def test_a_ledger_that_is_down_keeps_it_from_coming_into_force(plant: Chartered) -> None:
    plant.edit(*LONGER)
    plant.down = True
    with pytest.raises(EvidenceError):
        plant.apply(PETRA)
    assert plant.desk().in_force().conduits["dmz-pumping"].longest_window == timedelta(hours=4)
    plant.down = False
    assert plant.desk().resume(plant.append) is not None
    assert plant.desk().in_force().conduits["dmz-pumping"].longest_window == timedelta(hours=5)
    assert plant.desk().waiting() is None


def test_signatures_wait_thirty_days_at_most(plant: Chartered) -> None:
    plant.edit(*LONGER)
    proposed = plant.propose()
    proposed = plant.desk().sign(proposed, plant.signature(proposed, PETRA))
    late = plant.now + timedelta(days=30, seconds=1)
    with pytest.raises(ConfigError, match="long after"):
        plant.desk().apply(proposed, by="local:root", at=late, append=plant.append)


def test_a_proposal_that_was_overtaken_does_not_wait_any_more(plant: Chartered) -> None:
    plant.edit(*LONGER)
    proposed = plant.propose()
    plant.edit("conduits.toml", 'longest_window = "5h"', 'longest_window = "2h"')
    plant.apply(PETRA)
    with pytest.raises(ConfigError, match="does not follow"):
        plant.desk().apply(proposed, by="local:root", at=plant.now, append=plant.append)
    assert plant.desk().waiting() is None


def test_old_versions_stay_readable(plant: Chartered) -> None:
    """C02: every version that was ever in force is kept as it was."""
    plant.edit(*LONGER)
    first = plant.desk().in_force()
    plant.apply(PETRA)
    assert first is not None
    from broker.charter.store import document_of, version  # noqa: PLC0415 - only here

    assert version(plant.layout, first.digest).document() == first.document()
    assert document_of(plant.layout, first.digest) == first.document()


IN_PLACE = ("rights.toml", 'holder = "petra"', 'holder = "sven"')


def test_a_holder_is_handed_over_to_and_not_renamed_in_place(plant: Chartered) -> None:
    """J03: a successor in the same entry would have nothing to attest."""
    plant.edit(*IN_PLACE)
    with pytest.raises(PenstockError, match="would pass to sven without anybody attesting") as refused:
        plant.propose()
    assert "an entry of their own" in (refused.value.remedy or "")


def test_what_a_relaxing_version_would_change_is_worked_out_signed_and_cited(plant: Chartered) -> None:
    """S-46, J14: before anybody can sign; kept beside the version, and its digest stands in the leaf."""
    plant.edit(*LONGER)
    with pytest.raises(PenstockError, match="was not worked out"):
        plant.desk().propose(plant.layout.charter_files(), "Without looking", plant.now)
    application = plant.apply(PETRA)
    told = next(plant.log_reader().find(event="CharterApplied", limit=1)).event
    kept = Impact.of((plant.layout.applied / "000002.impact.json").read_bytes())
    assert told["impact"] == application.proposal.impact.hex() == kept.digest().hex()
    assert (kept.days, kept.new) == (90, application.proposal.charter)


def test_what_only_tightens_waits_for_no_ledger(plant: Chartered) -> None:
    """S-46: shutting something must not have to wait for anything to be read."""
    plant.edit(*SHORTER)
    proposed = plant.desk().propose(plant.layout.charter_files(), "Shut it", plant.now)
    assert (proposed.impact, proposed.proposal.impact) == (None, b"")


def test_an_impact_that_was_changed_on_disk_is_not_shown_for_the_signed_one(plant: Chartered) -> None:
    """S-46: what the signers read is what they signed."""
    plant.edit(*LONGER)
    proposed = plant.propose()
    assert proposed.impact is not None
    path = plant.layout.proposed / "impact.json"
    path.write_bytes(replace(proposed.impact, requests=999).canonical())
    with pytest.raises(ConfigError, match="not what the proposal names"):
        plant.desk().waiting()


def test_an_id_that_was_somebody_s_is_refused_to_whoever_comes_next(plant: Chartered) -> None:
    """A06: the desk looks through every version that was ever in force."""
    people = (plant.layout.charter / "people.toml").read_text()
    without = re.sub(r'\[\[person\]\]\nid = "ben".*?(?=\[\[person\]\])', "", people, flags=re.DOTALL)
    assert without != people
    (plant.layout.charter / "people.toml").write_text(without)
    plant.apply(PETRA)
    (plant.layout.charter / "people.toml").write_text(people)
    with pytest.raises(PenstockError, match="named Ben Okafor in an earlier version"):
        plant.propose()
    (plant.layout.charter / "people.toml").write_text(people.replace('id = "ben"', 'id = "ben-2"'))
    assert plant.propose().proposal.version == 3
    said = CliRunner().invoke(people_commands, ["was", "ben", "--dir", str(plant.layout.folder), "--json"])
    assert json.loads(said.output)["spells"] == [
        {"name": "Ben Okafor", "vendor": "kestrel", "first": 1, "last": 1}
    ]
    nobody = CliRunner().invoke(people_commands, ["was", "x", "--dir", str(plant.layout.folder)])
    assert nobody.exit_code == 1
