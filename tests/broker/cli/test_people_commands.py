"""Enrolling by hand, on the plant's own machine: keys, codes, passwords and tokens, each told to the evidence."""

import json
import stat
from pathlib import Path

import pyotp
import pytest

from broker.charter.trust_files import TrustFiles
from broker.clock import SystemClock
from broker.database.engine import open_engine
from broker.people.passkeys import PendingPasskeys
from broker.people.sessions import ConsoleSessions
from broker.settings import read_settings
from domain.ids import PersonId
from tests.approvals.ssh import stock_key
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


def here(plant: Node) -> list[str]:
    return ["--dir", str(plant.layout.folder)]


async def test_everybody_is_listed_with_what_is_enrolled(plant: Node) -> None:
    done = await plant.command("people", "list", "--json", *here(plant))
    petra = next(one for one in json.loads(done.output) if one["person"] == "petra")
    assert (petra["passkeys"], petra["codes"], petra["of"]) == ("1", "yes", "plant")


async def test_a_code_is_drawn_shown_once_and_kept_for_the_gate_alone(plant: Node) -> None:
    words = ["people", "code", "nora", "--as", "petra", "--json", *here(plant)]
    done = await plant.command(*words, given=f"{plant.code('petra')}\n")
    secret = json.loads(done.stdout)["secret"]
    assert (
        TrustFiles(plant.layout, with_codes=True)().codes[PersonId("nora")] == secret
    )  # whose codes no other test types
    assert stat.S_IMODE(plant.layout.codes.stat().st_mode) == 0o600
    told = await plant.event("KeyEnrolled", person="nora")
    assert (told["fingerprint"], secret in str(told)) == ("one-time code", False)
    assert (told["decided_by"], len(str(told["decision"]))) == ("petra", 64)
    assert len(pyotp.TOTP(secret).now()) == 6
    again = await plant.command("people", "list", *here(plant))
    assert secret not in again.output


async def test_a_password_comes_by_standard_input_and_is_in_no_output(plant: Node) -> None:
    done = await plant.command("people", "password", "milo", *here(plant), given="a long enough one\n")
    assert (done.exit_code, "a long enough one" in done.output) == (0, False), done.output
    assert (await plant.event("PasswordSet", person="milo"))["by"].startswith("local:")
    short = await plant.command("people", "password", "milo", *here(plant), given="short\n")
    assert (short.exit_code, "penstock:" in short.stderr) == (2, True)


async def test_a_new_password_signs_its_person_out_everywhere_and_nobody_else(plant: Node) -> None:
    engine = open_engine(read_settings(plant.layout).database_url(plant.layout))
    try:
        browsers = ConsoleSessions(engine, SystemClock())
        theirs, _ = await browsers.open(PersonId("milo"), "192.0.2.9", ("passkey",))
        other, _ = await browsers.open(PersonId("sven"), "192.0.2.9", ("passkey",))
        done = await plant.command("people", "password", "milo", *here(plant), given="another long one\n")
        assert done.exit_code == 0, done.output
        assert await browsers.find(theirs, active=False) is None
        assert await browsers.find(other, active=False) is not None
    finally:
        await engine.dispose()


async def test_a_token_opens_the_api_for_its_person(plant: Node) -> None:
    done = await plant.command("people", "token", "iris", "--days", "1", *here(plant))
    token = done.output.strip()
    async with plant._browser({"authorization": f"Bearer {token}"}) as client:
        me = (await client.get("/api/v1/me")).json()
    assert (me["person"], "auditor" in me["roles"]) == ("iris", True)
    wrong = await plant.command("people", "token", "iris", "--days", "9999", *here(plant))
    assert wrong.exit_code == 2
    (told,) = plant.events("TokenIssued", person="iris")
    assert token not in str(told)


async def test_tokens_are_for_what_they_say_listed_and_ended_at_the_node(plant: Node) -> None:
    words = [
        "people",
        "token",
        "iris",
        "--scope",
        "evidence",
        "--network",
        "127.0.0.0/8",
        "--json",
        *here(plant),
    ]
    made = json.loads((await plant.command(*words)).output)
    async with plant._browser({"authorization": f"Bearer {made['token']}"}) as client:
        assert (await client.get("/api/v1/events")).status_code == 200
        assert (await client.get("/api/v1/permits")).json()["code"] == "not_in_scope"
        listed = json.loads((await plant.command("people", "tokens", "iris", "--json", *here(plant))).output)
        one = next(each for each in listed if each["key"] == made["key"])
        assert (one["may"], one["from"], "127.0.0.1" in one["last used"]) == ("evidence", "127.0.0.0/8", True)
        ended = await plant.command("people", "end-token", made["key"], *here(plant))
        assert ended.exit_code == 0, ended.output
        assert (await client.get("/api/v1/events")).status_code == 401
    assert (await plant.event("TokenEnded", token=made["key"]))["person"] == "iris"
    again = await plant.command("people", "end-token", made["key"], *here(plant))
    assert (again.exit_code, "No token is listed" in again.stderr) == (1, True)
    nowhere = await plant.command("people", "token", "iris", "--network", "here", *here(plant))
    assert (nowhere.exit_code, "no such token" in nowhere.stderr) == (2, True)


async def test_only_the_key_whose_fingerprint_was_spoken_is_enrolled_and_can_be_dropped(plant: Node) -> None:
    engine = open_engine(read_settings(plant.layout).database_url(plant.layout))
    try:
        waiting = await PendingPasskeys(engine, SystemClock()).of(PersonId("deniz"))
    finally:
        await engine.dispose()
    assert waiting == ()
    none = await plant.command("people", "enrol", "deniz", "aaaaa-bbbbb", *here(plant))
    assert (none.exit_code, "no registered passkey" in none.stderr) == (1, True), none.stderr
    absent = await plant.command("people", "drop", "deniz", "SHA256:00", *here(plant))
    assert (absent.exit_code, "Enrolled: none" in absent.stderr) == (1, True), absent.stderr


@pytest.mark.parametrize(
    ("decider", "code"),
    [
        pytest.param("", "not_enroller", id="nobody"),
        pytest.param("sven", "not_enroller", id="who holds another right"),
        pytest.param("milo", "not_enroller", id="the person themself"),
        pytest.param("olga", "wrong_code", id="who holds it, by somebody else's hand"),
    ],
)
async def test_a_key_counts_by_decision_of_who_holds_identity_and_of_nobody_else(
    plant: Node, decider: str, code: str
) -> None:
    before = plant.layout.codes.read_bytes(), len(plant.events("KeyEnrolled"))
    words = ["people", "code", "milo", *(["--as", decider] if decider else [])]
    done = await plant.command(*words, *here(plant), given="000000\n")
    assert (done.exit_code, f"refused [{code}]" in done.stderr) == (77, True), done.output
    assert (plant.layout.codes.read_bytes(), len(plant.events("KeyEnrolled"))) == before


async def test_the_decision_can_be_signed_and_the_ledger_knows_before_the_key_counts(
    plant: Node, tmp_path: Path
) -> None:
    """B10: whose key it is and who decides differ; the leaf names the decision, the trust file comes after."""
    mine, founder = stock_key(tmp_path), plant.scratch / "people" / "founder"
    words = ["people", "signing-key", "sven", f"{mine.path}.pub", "--as", "petra", "--sign", str(founder)]
    done = await plant.command(*words, "--json", *here(plant))
    assert done.exit_code == 0, done.output
    assert "petra decides, under the right identity" in done.stderr
    (told,) = plant.events("KeyEnrolled", fingerprint=mine.enrolled().fingerprint())
    assert (told["person"], told["decided_by"]) == ("sven", "petra")
    trust = TrustFiles(plant.layout, with_codes=False)()
    assert told["trust"] == trust.digest().hex()
    gone = await plant.command("people", "signing-key", "sven", f"{mine.path}.pub", "--remove", *here(plant))
    assert gone.exit_code == 0, gone.output
    other = [*words[:-1], str(mine.path)]
    forged = await plant.command(*other, *here(plant))
    assert (forged.exit_code, "refused [unknown_signing_key]" in forged.stderr) == (77, True), forged.output


@pytest.mark.parametrize("person", ["nobody", "Petra", "../petra", "\x1b]0;x\x07"])
async def test_somebody_whom_the_charter_does_not_name_is_nobody(plant: Node, person: str) -> None:
    done = await plant.command("people", "code", person, *here(plant))
    assert done.exit_code == 2
    assert "\x1b" not in done.stderr
    assert done.stderr.startswith("penstock: The charter names nobody")
