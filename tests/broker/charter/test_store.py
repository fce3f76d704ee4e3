"""What is kept is never overwritten, and what can't be read says where it lies."""

from dataclasses import replace
from pathlib import Path

import pytest

from broker.charter import store
from domain.errors import ConfigError
from tests.broker.chartered import LONGER, PETRA, Chartered


@pytest.fixture
def plant(tmp_path: Path) -> Chartered:
    return Chartered(tmp_path)


def test_keeping_a_version_again_changes_nothing(plant: Chartered) -> None:
    first = store.application(plant.layout, 1)
    charter = store.version(plant.layout, first.proposal.charter)
    path = plant.layout.charters / charter.digest.hex() / "sites.toml"
    before = path.stat().st_mtime_ns
    store.keep_version(plant.layout, charter, plant.layout.charter_files())
    store.keep_application(plant.layout, first)
    assert path.stat().st_mtime_ns == before
    assert store.latest(plant.layout) == 1


def test_a_number_is_given_once(plant: Chartered) -> None:
    first = store.application(plant.layout, 1)
    with pytest.raises(ConfigError, match="another one already"):
        store.keep_application(plant.layout, replace(first, by="somebody"))
    assert store.application(plant.layout, 1) == first


def test_what_is_not_there_or_no_application_says_so(plant: Chartered) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        store.application(plant.layout, 2)
    (plant.layout.applied / "000002.json").write_bytes(b"{}")
    with pytest.raises(ConfigError, match="not an applied charter"):
        store.application(plant.layout, 2)
    (plant.layout.applied / "000002.json").write_bytes((plant.layout.applied / "000001.json").read_bytes())
    with pytest.raises(ConfigError, match="another number"):
        store.application(plant.layout, 2)
    with pytest.raises(ConfigError, match="missing"):
        store.version(plant.layout, bytes(32))
    assert store.document_of(plant.layout, bytes(32)) is None


def test_a_proposal_takes_the_place_of_the_one_before_with_its_signatures(plant: Chartered) -> None:
    plant.begin()
    assert store.proposed(plant.layout) is None
    plant.edit(*LONGER)
    one = plant.propose("One")
    store.add_signature(plant.layout, plant.signature(one, PETRA))
    found = store.proposed(plant.layout)
    assert found is not None
    assert [signature.person for signature in found.signatures] == [PETRA]
    plant.propose("Two")
    found = store.proposed(plant.layout)
    assert found is not None
    assert found.signatures == ()
    store.drop_proposal(plant.layout)
    assert store.proposed(plant.layout) is None


def test_a_proposal_that_was_tampered_with_is_told_and_not_read(plant: Chartered) -> None:
    plant.begin()
    plant.edit(*LONGER)
    proposed = plant.propose()
    conduits = plant.layout.proposed / "conduits.toml"
    conduits.write_text(conduits.read_text().replace('"5h"', '"50h"'))
    found = store.proposed(plant.layout)
    assert found is not None
    assert found.proposal == proposed.proposal
    with pytest.raises(ConfigError, match="somebody changed them"):
        found.charter()
    (plant.layout.proposed / "proposal.json").write_bytes(b"{}")
    with pytest.raises(ConfigError, match="can't be read"):
        store.proposed(plant.layout)
