import pytest

from broker.doorway import Doorway, doorway

KEY = "ssh-ed25519 AAAA"


@pytest.mark.parametrize(
    ("listens", "reached"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("", "127.0.0.1"), ("10.1.2.3", "10.1.2.3"), ("::1", "::1")],
)
def test_a_door_that_listens_everywhere_is_reached_at_this_machine_itself(listens: str, reached: str) -> None:
    assert doorway(listens, 2222, KEY) == Doorway(reached, 2222, KEY)


def test_what_is_written_is_read_again_and_nothing_else_is() -> None:
    one = doorway("127.0.0.1", 2222, KEY)
    assert Doorway.of(one.document()) == one
    for other in (
        None,
        [],
        {},
        {**one.document(), "port": 0},
        {**one.document(), "port": 70_000},
        {**one.document(), "port": "22"},
        {**one.document(), "host": 1},
    ):
        with pytest.raises((KeyError, TypeError, ValueError)):
            Doorway.of(other)  # type: ignore[arg-type]
