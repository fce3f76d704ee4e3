from broker.sessions.step_ups import GOOD_FOR_S, MOST_WAITING, WAITS_S, StepUps

ONE, OTHER = b"\x01" * 32, b"\x02" * 32


def test_d14_a_proof_lets_exactly_what_it_is_for_pass_once_and_for_a_minute() -> None:
    """D14: sent again after its minute, after it passed, or with another operand, it is held anew."""
    steps = StepUps()
    waiting, passes = steps.ask("s7", "stop the CPU", ONE, 10.0)
    assert (waiting.id, passes) == ("01010101", False)
    assert steps.ask("s7", "stop the CPU", ONE, 11.0) == (waiting, False), (
        "a tool that tries again waits no anew"
    )
    assert steps.prove(waiting, 12.0)
    assert not steps.prove(waiting, 12.0), "one proof, one pass"
    assert steps.ask("s7", "write", OTHER, 12.0)[1] is False
    assert steps.ask("s7", "stop the CPU", ONE, 12.0) == (waiting, True)
    again, passes = steps.ask("s7", "stop the CPU", ONE, 12.0)
    assert (passes, again.since_s) == (False, 12.0)
    assert steps.prove(again, 13.0)
    assert steps.ask("s7", "stop the CPU", ONE, 13.0 + GOOD_FOR_S)[1] is False


def test_what_waits_is_forgotten_in_time_and_in_number() -> None:
    steps = StepUps()
    first, _ = steps.ask("s7", "stop the CPU", ONE, 0.0)
    assert [steps.waiting(at) for at in (WAITS_S - 0.1, WAITS_S)] == [(first,), ()]
    later, _ = steps.ask("s7", "stop the CPU", ONE, WAITS_S)
    assert later.since_s == WAITS_S
    assert not steps.prove(first, WAITS_S), "what was proved is not what waits now"
    for count in range(MOST_WAITING):
        steps.ask("s7", "write", count.to_bytes(4) + bytes(28), WAITS_S)
    assert len(steps.waiting(WAITS_S)) == MOST_WAITING
    assert later not in steps.waiting(WAITS_S)


def test_two_requests_whose_names_begin_alike_are_still_two() -> None:
    steps, alike = StepUps(), ONE[:4] + OTHER[4:]
    first, _ = steps.ask("s7", "stop the CPU", ONE, 0.0)
    assert steps.prove(first, 0.0)
    assert steps.ask("s7", "start the CPU", alike, 0.0)[1] is False
