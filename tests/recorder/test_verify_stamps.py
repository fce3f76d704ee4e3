"""F14, F16: what an auditor who trusts a time-stamp authority sees of one session, offline; and what OpenSSL says of it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from domain.errors import EvidenceError
from domain.events import HeadStamped, document
from recorder import case
from recorder.cli import main
from recorder.export.case_file import Stamped, case_bytes
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.note import sign
from recorder.report import Report, Verdict
from recorder.stamps.judge import Asked
from recorder.stamps.token import read_reply
from recorder.verify import verify_case
from recorder.verify_stamps import Stamping, enclosed_in
from tests.clock import STARTS
from tests.recorder.cases import Story, story
from tests.recorder.ledger.logs import ORIGIN, SIGNER, heartbeat
from tests.recorder.test_verify import members, packed
from tests.tsa import KEYS, Authority, OpensslAuthority, Root, openssl_verify, pem

DAY = timedelta(days=1)
AT = STARTS + timedelta(hours=2)
ENDS = STARTS + 400 * DAY
ROOT = Root()
TSA = Authority(root=ROOT, ends=ENDS)
NEXT = Authority(root=ROOT, name="Next TSA", serial=4712, begins=STARTS, ends=STARTS + 4000 * DAY)
ASKED = Stamping((ROOT.certificate,), AT + DAY)


def told_of(token: bytes, size: int, at: datetime = AT) -> HeadStamped:
    return HeadStamped(
        at=at,
        size=size,
        stamped_at=at,
        authority="CN=Test TSA",
        serial="1",
        token=hashlib.sha256(token).hexdigest(),
        crls="",
        until=ENDS,
    )


class Plant:
    """A story's ledger, which grows and is stamped."""

    def __init__(self, told: Story) -> None:
        self.told = told
        self.stamps: list[Stamped] = []
        told.log()

    def grow(self, *events: object) -> int:
        """The index of the last leaf."""
        told = self.told
        log = Log.open(told.folder / "ledger", told.signer, memory=told.folder / "ledger.signed")
        found = log.append(
            [submission(f"later-{log.size + n}", document(one)) for n, one in enumerate(events)]  # type: ignore[arg-type]
        )
        log.close()
        return found[-1]

    def stamp(
        self,
        authority: Authority = TSA,
        at: datetime = AT,
        *,
        crls: tuple[x509.CertificateRevocationList, ...] = (),
        token: bytes = b"",
    ) -> None:
        """Have the head of now stamped, and tell the ledger."""
        head = self.told.log().checkpoint.encode()
        token = token or authority.stamp(head, at)
        leaf = self.grow(told_of(token, self.told.log().size, at))
        lists = b"".join(one.public_bytes(Encoding.PEM) for one in crls)
        self.stamps.append(Stamped(head, token, lists, pem(authority.certificate, ROOT.certificate), leaf))

    def case(self) -> bytes:
        contents = replace(self.told.contents(), stamps=tuple(self.stamps))
        return case_bytes(contents, BytesIO(self.told.recording), self.told.log())


@pytest.fixture
async def plant(tmp_path: Path) -> Plant:
    return Plant(await story(tmp_path))


def judged(data: bytes, asked: Stamping | None = ASKED) -> Report:
    return verify_case(BytesIO(data), SIGNER.key, None, asked)


def step(report: Report) -> tuple[Verdict, str, str]:
    found = report.steps[-1]
    assert (found.number, found.title) == (18, "time-stamps")
    return found.verdict, found.code, found.sentence


def code(data: bytes, asked: Stamping | None = ASKED) -> str:
    verdict, found, _sentence = step(judged(data, asked))
    assert verdict is not Verdict.PASS
    return found


async def test_an_auditor_reads_who_says_so_and_how_long_that_stands(plant: Plant) -> None:
    plant.stamp()
    plant.grow(*map(heartbeat, range(300)))
    report = judged(plant.case())
    assert report.verdict is Verdict.PASS
    _, _, sentence = step(report)
    assert (
        f"CN=Test TSA says that 7 leaves, the session's end among them, were there at {AT:%Y-%m-%d %H:%M:%S}"
        in sentence
    )
    assert "(within 1 s)" in sentence
    assert f"it stands until {ENDS:%Y-%m-%d}" in sentence
    assert "No CRL is enclosed" in " ".join(report.facts)


async def test_without_roots_the_stamp_is_checked_and_believed_by_nobody(plant: Plant) -> None:
    bare = judged(plant.case(), None)
    assert [one.title for one in bare.steps][-1] == "exports"
    plant.stamp()
    report = judged(plant.case(), None)
    assert (report.verdict, "Nobody has said whose word counts" in step(report)[2]) == (Verdict.PASS, True)
    files = members(plant.case())
    spoiled = files | {f"{case.STAMPS}0/token.tst": TSA.stamp(b"another", AT)}
    assert code(packed(spoiled), None) == "stamp_wrong_imprint"


async def test_none_enclosed_or_one_from_before_the_end_leaves_the_verdict_open(plant: Plant) -> None:
    assert code(plant.case()) == "stamp_missing"
    assert judged(plant.case()).verdict is Verdict.INCOMPLETE
    whole = plant.told.events
    early = Plant(replace(plant.told, folder=plant.told.folder / "early", events=whole[:3]))
    early.stamp()
    early.grow(*whole[3:])
    assert code(early.case()) == "stamp_too_early"


async def test_a_stamp_of_another_root_or_a_revoked_authority_fails(plant: Plant) -> None:
    plant.stamp()
    stranger = Root("Test root", KEYS[3])
    assert code(plant.case(), Stamping((stranger.certificate,))) == "stamp_untrusted"
    gone = ROOT.crl((TSA.serial, AT + DAY, x509.ReasonFlags.key_compromise), made=AT + DAY)
    crls = gone.public_bytes(Encoding.PEM)
    assert code(packed(members(plant.case()) | {f"{case.STAMPS}0/crls.pem": crls})) == "stamp_revoked"


async def test_a_crl_that_is_enclosed_says_that_nothing_was_revoked(plant: Plant) -> None:
    plant.stamp(crls=(ROOT.crl(made=AT),))
    assert judged(plant.case()).facts == ()


async def test_a_second_ledger_shown_to_the_auditor_is_found(plant: Plant) -> None:
    plant.stamp()
    other = Checkpoint(ORIGIN, plant.told.log().size, bytes(32))
    note = sign(other.body(), SIGNER.key, SIGNER.sign).text().encode()
    forged = {f"{case.STAMPS}0/checkpoint": note, f"{case.STAMPS}0/token.tst": TSA.stamp(note, AT)}
    assert code(packed(members(plant.case()) | forged)) == "stamp_fork"
    strange = Checkpoint("other.example/log", 7, bytes(32))
    note = sign(strange.body(), SIGNER.key, SIGNER.sign).text().encode()
    assert code(packed(members(plant.case()) | {f"{case.STAMPS}0/checkpoint": note})) == "stamp_origin"
    plant.stamps[0] = replace(
        plant.stamps[0], head=sign(replace(other, size=99).body(), SIGNER.key, SIGNER.sign).text().encode()
    )
    with pytest.raises(EvidenceError, match="it was set back"):
        plant.case()


@pytest.mark.parametrize("name", ["0/note.txt", "1/token.tst", "00/checkpoint", "x"])
async def test_what_has_no_place_among_the_stamps_is_found(plant: Plant, name: str) -> None:
    plant.stamp()
    assert code(packed(members(plant.case()) | {f"{case.STAMPS}{name}": b"x"})) == "stamp_strange"
    files = members(plant.case())
    del files[f"{case.STAMPS}0/proof"]
    assert code(packed(files)) == "stamp_strange"


async def test_f16_an_old_proof_still_verifies_by_the_stamp_that_took_it_in(plant: Plant) -> None:
    """F16: after the first authority's certificate ran out, or was revoked, the archive chain proves it."""
    plant.stamp()
    long_after = Stamping((ROOT.certificate,), ENDS + 1000 * DAY)
    assert judged(plant.case(), Stamping((ROOT.certificate,), ENDS)).verdict is Verdict.PASS
    assert code(plant.case(), long_after) == "stamp_ran_out"
    assert judged(plant.case(), replace(long_after, at=None)).verdict is Verdict.PASS
    stolen = ROOT.crl((TSA.serial, ENDS - DAY, x509.ReasonFlags.key_compromise), made=ENDS - DAY)
    plant.stamp(NEXT, ENDS - 30 * DAY, crls=(stolen,))
    plant.grow(heartbeat(1))
    report = judged(plant.case(), long_after)
    assert report.verdict is Verdict.PASS
    sentence = step(report)[2]
    assert "CN=Next TSA took it in" in sentence
    assert f"that stands until {NEXT.ends:%Y-%m-%d}" in sentence
    assert f"were there at {AT:%Y-%m-%d %H:%M:%S}" in sentence
    assert code(plant.case(), Stamping((ROOT.certificate,), NEXT.ends + DAY)) == "stamp_ran_out"


async def test_f16_a_later_stamp_that_came_too_late_or_does_not_hold_the_old_one_proves_nothing(
    plant: Plant,
) -> None:
    """F16: the chain is broken where a stamp ran out before it was taken in, or was not taken in."""
    plant.stamp()
    plant.stamp(NEXT, ENDS + DAY)
    assert code(plant.case()) == "stamp_gap"
    head, early = plant.stamps[0].head, NEXT.stamp(plant.stamps[0].head, ENDS - DAY)
    plant.stamps[1] = replace(plant.stamps[1], head=head, token=early)
    assert code(plant.case()) == "stamp_not_taken_in"


async def test_a_plant_whose_clock_is_ahead_is_named(plant: Plant) -> None:
    plant.stamp(at=STARTS - timedelta(minutes=1))
    assert "one of two clocks is wrong" in " ".join(judged(plant.case()).facts)
    assert judged(plant.case()).verdict is Verdict.PASS


async def test_f14_openssl_verifies_what_a_case_file_encloses_as_its_guide_says(
    plant: Plant, tmp_path: Path
) -> None:
    """F14: the enclosed token, made by OpenSSL's authority, verifies with ``openssl ts`` over the enclosed head."""
    now = datetime.now(UTC)
    good = Authority()
    authority = OpensslAuthority(tmp_path / "tsa", good)
    head = plant.told.log().checkpoint.encode()
    token = read_reply(authority.reply(Asked.about(head, 1).request())).token
    assert token is not None
    plant.stamp(good, now, token=token, crls=(ROOT.crl(made=now - DAY),))
    files = members(plant.case())
    at = f"{case.STAMPS}0/"
    data, stamped = files[f"{at}checkpoint"], files[f"{at}token.tst"]
    said = openssl_verify(tmp_path, data, stamped, pem(ROOT.certificate))
    assert "Verification: OK" in said
    with_crl = pem(ROOT.certificate) + files[f"{at}crls.pem"]
    assert "Verification: OK" in openssl_verify(tmp_path, data, stamped, with_crl, "-crl_check")
    assert "Verification: OK" not in openssl_verify(tmp_path, data + b"x", stamped, pem(ROOT.certificate))
    assert files[f"{at}chain.pem"].count(b"BEGIN CERTIFICATE") == 2
    assert judged(packed(files), Stamping((ROOT.certificate,), now)).verdict is Verdict.PASS


def test_stamps_are_read_in_the_order_of_their_numbers() -> None:
    names = [f"{case.STAMPS}{n}/{name}" for n in range(11) for name in ("checkpoint", "proof", "token.tst")]
    found = enclosed_in(names, lambda name: name.encode())
    assert [one.head for one in found] == [f"{case.STAMPS}{n}/checkpoint".encode() for n in range(11)]
    assert found[0].crls == b""


async def test_the_command_takes_roots_and_an_instant(plant: Plant, tmp_path: Path) -> None:
    plant.stamp()
    file, roots = tmp_path / "case.zip", tmp_path / "roots.pem"
    file.write_bytes(plant.case())
    roots.write_bytes(pem(ROOT.certificate))
    asked = ["verify", str(file), "--key", SIGNER.key.text(), "--tsa-roots", str(roots)]
    out = StringIO()
    assert main([*asked, "--at", "2026-04-01T00:00:00Z"], out) == 0
    assert "18. PASS" in out.getvalue()
    assert main([*asked, "--at", "2046-01-01T00:00:00Z"], out) == 3
    assert main([*asked, "--at", "soon"], out) == 2
    (tmp_path / "none.pem").write_bytes(b"")
    assert main([*asked[:-1], str(tmp_path / "none.pem")], out) == 2
    expected = 0 if datetime.now(UTC) <= ENDS else 3
    assert main(asked, out) == expected
