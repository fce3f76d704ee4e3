from collections.abc import Callable
from dataclasses import replace

import pytest

from broker.quarantine.quota import Quota, Quotas
from broker.quarantine.seams import QuarantineFull
from tests.broker.quarantine.store import CAME
from tests.for_each import for_each

SMALL = Quota(
    file_bytes=100,
    session_files=3,
    session_bytes=150,
    session_open=2,
    session_files_per_min=3,
    permit_files=4,
    permit_bytes=200,
    node_bytes=300,
)
LATER = replace(CAME, session="t" * 26)  # type: ignore[arg-type] # an id
OTHER = replace(LATER, permit="q" * 26)  # type: ignore[arg-type] # an id


def begun(quotas: Quotas, at_s: float = 0.0, expected: int = 0) -> None:
    quotas.begin(CAME, expected, at_s)


def full(work: Callable[[], None]) -> str:
    with pytest.raises(QuarantineFull) as caught:
        work()
    assert caught.value.remedy
    return caught.value.code


@for_each(
    "octets, code",
    [(100, ""), (101, "file_quota_large")],
)
def test_a_file_may_be_as_large_as_is_said_and_no_larger(octets: int, code: str) -> None:
    quotas = Quotas(SMALL)
    begun(quotas)
    if code:
        assert full(lambda: quotas.grow(CAME, octets, octets)) == code
        assert quotas.octets == 0
    else:
        quotas.grow(CAME, octets, octets)
        assert quotas.octets == octets
    assert (full(lambda: begun(quotas, expected=octets)) if code else "") == code


def test_so_many_at_once_within_a_minute_and_in_all_and_no_more() -> None:
    quotas = Quotas(SMALL)
    begun(quotas)
    begun(quotas)
    assert full(lambda: begun(quotas)) == "file_quota_open"
    quotas.done(CAME)
    begun(quotas, 59.0)
    quotas.done(CAME)
    assert full(lambda: begun(quotas, 59.9)) == "file_quota_rate"
    assert full(lambda: begun(quotas, 60.0)) == "file_quota_files"
    quotas.begin(LATER, 0, 60.0)
    assert full(lambda: quotas.begin(LATER, 0, 60.0)) == "file_quota_files"  # the permit's
    quotas.begin(OTHER, 0, 60.0)  # a session that has changed its permit: no such thing, yet each is counted


def test_so_many_bytes_a_session_a_permit_and_a_node_and_no_more() -> None:
    quotas = Quotas(SMALL)
    begun(quotas)
    quotas.grow(CAME, 100, 100)
    assert full(lambda: quotas.grow(CAME, 51, 51)) == "file_quota_bytes"
    quotas.grow(CAME, 50, 50)
    quotas.begin(LATER, 0, 0)
    assert full(lambda: quotas.grow(LATER, 51, 51)) == "file_quota_bytes"
    quotas.grow(LATER, 50, 50)
    quotas.kept("z" * 26, 100)
    assert full(lambda: quotas.begin(OTHER, 1, 0)) == "file_quota_node"
    quotas.gone(100)
    quotas.begin(OTHER, 1, 0)


def test_what_an_earlier_run_left_counts_for_its_permit() -> None:
    quotas = Quotas(SMALL)
    for _ in range(4):
        quotas.kept(CAME.permit, 10)
    assert full(lambda: begun(quotas)) == "file_quota_files"
    assert quotas.octets == 40
