from policies.asked import asked_again
from policies.engine import decide
from tests.policies.plant import STATED, asking, charter, facts, permit


def test_a_permits_wish_made_again_says_all_that_the_permit_says() -> None:
    again, wish = asked_again(permit()), permit()
    assert (again.window, again.tools, again.networks, again.stated) == (
        wish.window, wish.tools, wish.networks, STATED
    )  # fmt: skip


def test_it_is_decided_like_the_first_time() -> None:
    first = decide(asking(), facts(standings=()), charter().rules)
    assert type(decide(asked_again(permit()), facts(standings=()), charter().rules)) is type(first)
