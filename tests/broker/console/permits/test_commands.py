from broker.console.permits.commands import commands_for
from domain.access import Grant
from domain.ids import AssetId
from tests.broker.console.house import SETTINGS
from tests.policies.plant import charter, permit


def lines(*grants: str, asset: str = "eng-ws-1") -> list[str]:
    one = permit(grants=frozenset(map(Grant.of, grants)), asset=AssetId(asset))
    return [command.line for command in commands_for(one, charter(), SETTINGS)]


def test_every_passage_has_its_command_and_no_other() -> None:
    assert lines("shell") == ["ssh -p 2222 ana+eng-ws-1@gate.example"]
    assert lines("sftp", "scp") == [
        "sftp -P 2222 ana+eng-ws-1@gate.example",
        "scp -O -P 2222 ./file ana+eng-ws-1@gate.example:file",
    ]
    assert lines("exec") == ["ssh -p 2222 ana+eng-ws-1@gate.example 'uname -a'"]


def test_a_forward_listens_where_no_administrator_is_needed() -> None:
    assert lines("forward:502") == ["ssh -p 2222 -N -L 10502:eng-ws-1:502 ana@gate.example"]
    assert lines("forward:5020") == ["ssh -p 2222 -N -L 5020:eng-ws-1:5020 ana@gate.example"]


def test_a_forward_to_any_port_names_the_asset_s_own() -> None:
    assert lines("forward", asset="plc-07") == ["ssh -p 2222 -N -L 5020:plc-07:5020 ana@gate.example"]
