"""A process goes by a signed and told version, takes a new one up by itself, and refuses what does not verify."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from broker.charter.in_force import CharterInForce, charter_now
from broker.charter.trust_files import remove_signing_key
from domain.errors import ConfigError
from tests.broker.chartered import DENIZ, LONGER, NODE, OLGA, PETRA, SHORTER, Chartered


@pytest.fixture
def plant(tmp_path: Path) -> Chartered:
    return Chartered(tmp_path)


def test_the_founder_s_signature_puts_the_first_version_in_force(plant: Chartered) -> None:
    charter = plant.begin()
    assert charter().digest == charter_now(plant.layout).digest
    _version, told = CharterInForce(plant.layout, NODE, plant.trust).begin()
    assert told


def test_without_an_applied_version_there_is_no_charter(plant: Chartered) -> None:
    """C02: a model that nobody signed opens nothing."""
    shutil.rmtree(plant.layout.applied)
    with pytest.raises(ConfigError, match="No charter is in force"):
        plant.begin()
    with pytest.raises(ConfigError, match="No charter is in force"):
        CharterInForce(plant.layout, NODE, plant.trust)()


def test_a_version_whose_signature_is_taken_away_is_not_in_force(plant: Chartered) -> None:
    """C02: unsigned, and with a signature that is over something else."""
    plant.doctored(1, signatures=())
    with pytest.raises(ConfigError, match="needs a signature under 'connect' over riverside"):
        plant.begin()
    plant.doctored(1, by="somebody else")
    with pytest.raises(ConfigError, match="needs a signature"):
        plant.begin()


def test_a_draft_that_is_edited_changes_nothing_until_it_is_applied(plant: Chartered) -> None:
    """S-05: the plant's own files are a draft; what is in force is the signed copy."""
    charter = plant.begin()
    before = charter().digest
    plant.edit(*LONGER)
    assert charter.look() is None
    assert plant.begin()().digest == before


def test_files_that_are_edited_where_they_are_kept_are_refused(plant: Chartered) -> None:
    plant.begin()
    kept = next(plant.layout.charters.glob("*/conduits.toml"))
    kept.write_text(kept.read_text().replace('"4h"', '"40h"'))
    with pytest.raises(ConfigError, match="somebody changed them"):
        plant.begin()


def test_an_applied_version_is_taken_up_by_a_running_process(plant: Chartered) -> None:
    charter = plant.begin()
    plant.edit(*LONGER)
    plant.apply(PETRA)
    version = charter.look()
    assert version is not None
    assert version.application.proposal.version == 2
    assert charter().digest == version.charter.digest
    assert charter.look() is None


def test_what_the_ledger_was_not_told_of_is_not_in_force(plant: Chartered) -> None:
    charter = plant.begin()
    plant.edit(*LONGER)
    plant.apply(PETRA, append=lambda _event: 0)
    assert charter.look() is None
    assert charter.look() is None
    assert plant.begin()().digest == charter().digest
    assert plant.desk().resume(plant.append) is not None
    assert charter.look() is not None
    assert plant.desk().resume(plant.append) is None


def test_a_version_with_a_bad_signature_is_refused_and_the_old_one_stays(plant: Chartered) -> None:
    charter = plant.begin()
    before = charter().digest
    plant.edit(*LONGER)
    plant.apply(PETRA)
    plant.doctored(2, signatures=())
    assert charter.look() is None
    assert charter.look() is None
    assert charter().digest == before
    with pytest.raises(ConfigError, match="not in force"):
        plant.begin()


def test_an_older_version_put_back_by_deleting_the_newer_is_noticed(plant: Chartered) -> None:
    plant.begin()
    plant.edit(*SHORTER)
    plant.apply(PETRA)
    (plant.layout.applied / "000002.json").unlink()
    with pytest.raises(ConfigError, match="disagree"):
        plant.begin()


def test_another_application_under_the_number_that_the_ledger_names_is_noticed(plant: Chartered) -> None:
    plant.begin()
    plant.edit(*SHORTER)
    plant.apply(PETRA)
    plant.doctored(2, by="local:mallory")
    with pytest.raises(ConfigError, match="not the one that the ledger names"):
        plant.begin()


def test_a_key_that_was_removed_since_still_verifies_what_it_signed_then(plant: Chartered) -> None:
    plant.enrol(DENIZ)
    charter = plant.begin()
    key = plant.trust().signing_keys[PETRA][0]
    remove_signing_key(plant.layout, PETRA, key.fingerprint())
    assert plant.begin()().digest == charter().digest
    plant.edit(*LONGER)
    plant.apply(DENIZ)
    assert plant.begin()().digest != charter().digest


def test_several_versions_are_followed_one_by_one(plant: Chartered) -> None:
    charter = plant.begin()
    plant.enrol(OLGA)
    for number, (old, new) in enumerate([("4h", "3h"), ("3h", "2h"), ("2h", "1h")], 2):
        plant.edit("conduits.toml", f'longest_window = "{old}"', f'longest_window = "{new}"')
        plant.apply(OLGA, later=timedelta(minutes=10 * number))
    version = charter.look()
    assert version is not None
    assert version.application.proposal.version == 4
    assert plant.begin()().digest == charter().digest


def test_a_version_of_another_node_is_not_this_node_s(plant: Chartered) -> None:
    with pytest.raises(ConfigError, match="another node"):
        CharterInForce(plant.layout, "other.example/ot-access/1", plant.trust).begin()


def test_before_the_first_version_commands_read_the_draft(plant: Chartered) -> None:
    shutil.rmtree(plant.layout.applied)
    assert charter_now(plant.layout).organisation.id == "riverside-water"
