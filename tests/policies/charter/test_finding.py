from policies.charter.finding import Finding


def test_a_finding_is_something_to_mend_unless_it_says_that_it_is_a_note() -> None:
    assert not Finding("no_owner", "conduit x", "Nobody answers for it.", "Fill it in.").note
