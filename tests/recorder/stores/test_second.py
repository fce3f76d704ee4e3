from recorder.stores.second import REMEDIES, StoreError, Trouble


def test_every_trouble_has_a_code_of_its_own_and_a_remedy() -> None:
    assert set(REMEDIES) == set(Trouble)
    for trouble in Trouble:
        error = StoreError(trouble, "It failed.")
        assert error.trouble.value.startswith("store_")
        assert str(error).startswith("It failed. What to do: ")
