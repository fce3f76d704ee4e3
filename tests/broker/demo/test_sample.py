"""The sample charter: sound as it is, and nobody's key is in it."""

from datetime import date

import pytest

from broker.demo.sample import filled, sample_charter
from policies.charter.documents import read_charter

TODAY = date(2026, 3, 2)


def read() -> dict[str, bytes]:
    return {name: content.encode() for name, content in sample_charter(today=TODAY).items()}


def test_the_sample_can_be_used_as_it_is_and_is_no_demonstration() -> None:
    charter = read_charter(read())
    assert charter.assets
    assert charter.conduits
    assert not charter.organisation.demonstration


def test_each_machine_of_the_sample_has_an_address_of_its_own() -> None:
    places = [one.address for asset in read_charter(read()).assets.values() for one in asset.endpoints]
    assert len(set(places)) == len(places)


def test_the_sample_s_keys_are_drawn_anew_so_that_none_of_them_is_known() -> None:
    first, second = read()["people.toml"], read()["people.toml"]
    assert first != second


def test_a_place_that_nobody_filled_is_an_error_and_not_a_dollar_sign() -> None:
    with pytest.raises(KeyError):
        filled({}, today=TODAY)
