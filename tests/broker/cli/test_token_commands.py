"""What the token commands say; with a whole node they are shown in test_people_commands."""

import pytest
from click.testing import CliRunner

from broker.cli.people_commands import people
from broker.people.tokens import Scope


def test_every_scope_can_be_named_and_no_other() -> None:
    helped = CliRunner().invoke(people, ["token", "--help"]).output
    for scope in Scope:
        assert scope.value in helped
    wrong = CliRunner().invoke(people, ["token", "ana", "--scope", "approve"])
    assert wrong.exit_code == 2


@pytest.mark.parametrize("days", ["0", "367", "soon"])
def test_a_token_ends_within_a_year(days: str) -> None:
    assert CliRunner().invoke(people, ["token", "ana", "--days", days]).exit_code == 2
