"""The operator is locked out at every door by somebody's guessing, and cuts sessions off all the same."""

import re
import time

import pytest

from tests.node import Node, until
from tests.peers.node.by_password import PASSWORD, signing_in, with_password

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _failed_before(plant: Node, times: int) -> None:
    """As if somebody had guessed at milo's password this morning: the waits between are long over."""
    with plant.database() as db:
        rows = db.execute("SELECT subject FROM people_failure WHERE subject LIKE 'person:%'").fetchall()
        assert len(rows) == 1
        db.execute(
            "UPDATE people_failure SET failures = ?, last_at = ? WHERE subject = ?",
            (times, int(time.time()) - 3600, rows[0]["subject"]),
        )


async def test_an_operator_who_is_locked_out_everywhere_still_cuts_sessions_off_a10(plant: Node) -> None:
    """A10: locked by failures at the password and at the code; switch, signed-in browser and colleague still cut."""
    people = [plant.fresh() for _ in range(3)]
    for person in people:
        await plant.permitted(person)
    await with_password(plant)
    milo = plant._browser({"origin": plant.url})
    async with (
        milo,
        plant._browser({"origin": plant.url}) as guesser,
        plant.working(people[0]) as first,
        plant.working(people[1]) as second,
        plant.working(people[2]) as third,
    ):
        assert (await signing_in(milo, PASSWORD, plant.code("milo"))).status_code == 303
        csrf = re.search(r'name="csrf" content="([^"]+)"', (await milo.get("/plant")).text)
        assert csrf is not None
        sessions = [await plant.session_of(person) for person in people]

        assert (await signing_in(guesser, "wrong wrong wrong", "000000")).status_code == 401
        _failed_before(plant, 6)
        assert (await signing_in(guesser, "wrong wrong wrong", "000000")).status_code == 401
        locked = await signing_in(guesser, PASSWORD, plant.code("milo", taken=False))
        assert (locked.status_code, int(locked.headers["retry-after"]) > 60) == (429, True)
        assert "penstock people unlock" in locked.text
        at_console = await plant.event("SignInLocked", subject="person:milo", door="console")
        assert (at_console["failures"], at_console["source"]) == (7, "127.0.0.1")

        hold = ["sessions", "hold", sessions[0], "--by", "milo", "--for", "5m", "--reason", "x"]
        here = ["--dir", str(plant.layout.folder), "--json"]
        code = plant.code("milo", taken=False)  # beforehand: to wait for the next one could outlast the lock
        for _ in range(5):
            await plant.command(*hold, *here, given="000000\n")
        right = await plant.command(*hold, *here, given=f"{code}\n")
        assert right.exit_code == 77, right.output
        assert (await plant.event("SignInLocked", subject="person:milo", door="code"))["failures"] == 5

        # The switch at the machine asks nobody who they are.
        await plant.outside("isolate", f"person:{people[0]}", "--reason", "smoke in hall 2")
        assert (await first.ends())[0] == 77
        # The browser in which milo is signed in goes on.
        stopped = await milo.post(
            f"/sessions/{sessions[1]}/stop",
            data={"reason": "smoke", "csrf": csrf[1]},
        )
        assert stopped.status_code in {200, 303}, stopped.text
        assert (await second.ends())[0] == 77
        # So does a colleague's.
        colleague = await (await plant.holder()).post(
            f"/sessions/{sessions[2]}/stop", data={"reason": "smoke"}
        )
        assert colleague.status_code in {200, 303}, colleague.text
        assert (await third.ends())[0] == 77
        for session in sessions:
            assert (await plant.event("SessionEnded", session=session))["cause"] in {"killed", "isolated"}

        # Whoever runs the node ends the wait; what is asked for stays the same.
        await plant.here("people", "unlock", "milo")
        lifted = await plant.event("SignInLockLifted", subject="person:milo")
        assert lifted["by"].startswith("local:")
        assert (await signing_in(guesser, "wrong wrong wrong", "000000")).status_code == 401
        assert (await signing_in(guesser, PASSWORD, plant.code("milo"))).status_code == 303
        await plant.here("restore", f"person:{people[0]}")
        await until(lambda: not plant.live(), "no session")
