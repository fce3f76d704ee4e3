import pytest

from domain.ids import AssetId
from policies.rules.asset_registered import AssetRegistered
from tests.policies.plant import asking, facts, wanting, word

RULE = AssetRegistered()


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        pytest.param("eng-ws-1", "accept", id="registered"),
        pytest.param("sis-1", "accept", id="registered, whoever asks"),
        pytest.param("eng-ws-2", "unknown_asset", id="one letter off"),
        pytest.param("ENG-WS-1", "unknown_asset", id="capitals"),
        pytest.param("127.0.0.1", "unknown_asset", id="an address is not a name"),
        pytest.param("", "unknown_asset", id="nothing"),
    ],
)
def test_only_a_registered_asset_can_be_reached(asset: str, expected: str) -> None:  # row: C13
    assert word(RULE, wanting(asset=AssetId(asset)), facts()) == expected
    assert word(RULE, asking(asset=AssetId(asset)), facts()) == expected


def test_a_name_with_control_characters_is_escaped_and_shortened() -> None:
    sentence = RULE.judge(wanting(asset=AssetId("\n" * 500)), facts()).sentence
    assert sentence.isprintable()
    assert len(sentence) < 150
