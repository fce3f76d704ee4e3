"""Which filter a passage of files gets."""

from dataclasses import replace

from broker.conduits.files.scp import ScpFilter
from broker.conduits.files.sftp import SftpFilter
from broker.door.files import coming, file_filter, in_terminals, screened, unreadable
from domain.access import Flow, Grant
from domain.ids import ConduitId, SessionId
from domain.plant import Screening
from tests.domain.samples import permit
from tests.policies.plant import charter

CHARTER = charter()
CONDUIT = replace(next(iter(CHARTER.conduits.values())), files=Screening.SCREENED)


def test_files_are_screened_unless_the_charter_in_force_says_otherwise() -> None:
    mine = permit(conduit=CONDUIT.id)
    assert screened(mine, replace(CHARTER, conduits={CONDUIT.id: CONDUIT}))
    open_ = {CONDUIT.id: replace(CONDUIT, files=Screening.UNSCREENED)}
    assert not screened(mine, replace(CHARTER, conduits=open_))
    assert screened(permit(conduit=ConduitId("gone")), CHARTER)


def test_sftp_is_read_and_a_shell_is_not() -> None:
    assert isinstance(file_filter(Grant.of("sftp"), permit(), CHARTER), SftpFilter)
    assert file_filter(Grant.of("shell"), permit(), CHARTER) is None


def test_files_in_a_terminal_go_the_ways_that_are_granted_and_can_be_screened() -> None:
    mine = permit(conduit=CONDUIT.id, grants=frozenset({Grant.of("zmodem"), Grant.of("shell")}))
    open_ = replace(CHARTER, conduits={CONDUIT.id: replace(CONDUIT, files=Screening.UNSCREENED)})
    assert in_terminals(mine, open_) == {Flow.GET, Flow.PUT}
    assert in_terminals(mine, replace(CHARTER, conduits={CONDUIT.id: CONDUIT})) == {Flow.GET}
    assert not in_terminals(permit(grants=frozenset({Grant.of("shell")})), open_)


def test_a_file_comes_from_a_session_of_a_permit_by_a_grant() -> None:
    mine = permit()
    came = coming(SessionId("s"), mine, Grant.of("sftp:put"), b"name\xff")
    assert (came.permit, came.person, came.asset) == (mine.id, mine.person, mine.asset)
    assert (came.way, came.name) == (Grant.of("sftp:put"), b"name\xff")


def test_what_can_not_be_screened_is_refused_with_what_can() -> None:
    """D15: rsync's parts of files are put over no screened conduit; what it fetches is nobody's to screen."""
    mine = permit(conduit=CONDUIT.id)
    held = replace(CHARTER, conduits={CONDUIT.id: CONDUIT})
    open_ = replace(CHARTER, conduits={CONDUIT.id: replace(CONDUIT, files=Screening.UNSCREENED)})
    refused = unreadable(Grant.of("rsync:put"), mine, held)
    assert refused is not None
    assert (refused.code, "sftp" in refused.remedy) == ("rsync_not_screened", True)
    for grant, charter_ in (("rsync:get", held), ("rsync:put", open_), ("sftp:put", held)):
        assert unreadable(Grant.of(grant), mine, charter_) is None
    assert isinstance(file_filter(Grant.of("scp:put"), mine, held), ScpFilter)


def test_what_names_its_paths_in_a_command_moves_nothing_where_paths_are_held() -> None:
    """D15: nobody can say where such a path leads; the remedy is a client that can be led."""
    open_ = replace(CHARTER, conduits={CONDUIT.id: replace(CONDUIT, files=Screening.UNSCREENED)})
    grants = frozenset(map(Grant.of, ("sftp", "scp", "rsync", "zmodem")))
    mine = permit(conduit=CONDUIT.id, grants=grants, limits=frozenset({'ssh read files "/out/**"'}))
    for grant, code in (("scp:get", "scp_not_within"), ("rsync:put", "rsync_not_within")):
        refused = unreadable(Grant.of(grant), mine, open_)
        assert refused is not None
        assert (refused.code, bool(refused.remedy)) == (code, True)
    assert unreadable(Grant.of("sftp"), mine, open_) is None
    assert not in_terminals(mine, open_)
    counted = replace(mine, limits=frozenset({"ssh read at most 5 files in all"}))
    assert unreadable(Grant.of("scp:get"), counted, open_) is None
    uncounted = unreadable(Grant.of("rsync:get"), counted, open_)
    assert uncounted is not None
    assert uncounted.code == "rsync_not_counted"
    assert not in_terminals(counted, open_)
