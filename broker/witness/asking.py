"""Brings each new head of this node's ledger to the witnesses that its policy names. Runs beside the console.

It waits for nobody: sessions open and end whether witnesses answer or not, for a plant must work as an island
(H05). What it does not get shows: on the console, in `penstock doctor`, and as a leaf after a quarter of an hour.
A witness that knows more of this ledger than the ledger itself is another matter: the signer is told, and stops.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from broker.notices.channels.channel import told_apart, trusting
from broker.witness.memory import hashed
from domain.clock import Clock
from domain.errors import ConfigError, EvidenceError, PenstockError
from domain.events import HeadUnwitnessed
from domain.ledger import Ledger
from recorder.ledger.checkpoint import Checkpoint, decimal
from recorder.ledger.folder import make_folders, replace
from recorder.ledger.note import Note, SignatureLine
from recorder.ledger.policy import Policy, Witness, Witnessed
from recorder.ledger.reader import LogReader
from recorder.ledger.witness import Submission, cosignatures

log = structlog.get_logger()

EVERY_S = 1.0
PACE = timedelta(seconds=10)
"""How often new heads are brought at most; SECURITY.md asks for a minute."""
FRESH = timedelta(hours=1)
"""How old a witnessed head may get while nothing is new, before it is vouched for again."""
SILENT_AFTER = timedelta(minutes=15)
LONGEST_ANSWER_BYTES = 512 * 1024
TRIES = 3


@dataclass(frozen=True, slots=True)
class Answered:
    """What one witness said last: how many leaves it vouches for, or why it does not."""

    witness: str
    size: int = 0
    trouble: str = ""


class Asking:
    """One for a node. ``compare`` shows a head to the signer; EvidenceError when the ledger does not hold it."""

    def __init__(
        self,
        policy_file: Path,
        kept: Path,
        reader: LogReader,
        compare: Callable[[str], Awaitable[int]],
        ledger: Ledger,
        clock: Clock,
        *,
        ca_file: str = "",
        timeout_s: float = 10,
    ) -> None:
        self._policy_file = policy_file
        self._kept = kept
        self._reader = reader
        self._compare = compare
        self._ledger = ledger
        self._clock = clock
        self._ca_file = ca_file
        self._timeout_s = timeout_s
        self._vouched: dict[str, int] = {}
        self._asked: datetime | None = None
        self._news_since: datetime | None = None
        self._told = False
        self.answers: tuple[Answered, ...] = ()
        """What each witness said last, in the policy's order."""

    async def run(self) -> None:
        """Until cancelled. Trouble is the operator's to see, and is tried again."""
        while True:
            try:
                await self.step()
            except (PenstockError, OSError) as error:
                log.warning("witnesses_not_asked", fact=str(error))
            except Exception:  # whoever approves must not be kept out by a witness's nonsense
                log.exception("witnesses_not_asked")
            await asyncio.sleep(EVERY_S)

    async def step(self) -> Witnessed | None:
        """Ask whom there is to ask, if it is time; what the policy accepts now. None where it asks for no witness."""
        policy = await asyncio.to_thread(read_policy, self._policy_file)
        if policy is None or not any(one.url for one in policy.witnesses):
            return None
        now = self._clock.now()
        found = await asyncio.to_thread(read_witnessed, policy, self._kept)
        own = await asyncio.to_thread(lambda: Note.of(self._reader.checkpoint.encode()))
        head = Checkpoint.of(own.body)
        if found is not None and found.head.size >= head.size and found.at and now - found.at < FRESH:
            self._news_since = None
            return found
        self._news_since = self._news_since or now
        if self._asked is not None and now - self._asked < PACE:
            return found
        self._asked = now
        given = await asyncio.gather(*(self._ask(one, own, head) for one in policy.witnesses if one.url))
        self.answers = tuple(answer for answer, _ in given)
        for answer in self.answers:
            if answer.trouble:
                log.warning("witness_does_not_vouch", witness=answer.witness, fact=answer.trouble)
        note = Note(own.body, (*own.lines, *(line for _, lines in given for line in lines)))
        try:
            found = policy.check(note.text().encode())
        except EvidenceError as error:
            await self._silent(head, now, error.fact)
            return found
        await asyncio.to_thread(_keep, self._kept, note)
        self._news_since, self._told = None, False
        return found

    async def _ask(
        self, witness: Witness, own: Note, head: Checkpoint
    ) -> tuple[Answered, tuple[SignatureLine, ...]]:
        try:
            lines = await self._vouched_for(witness, own, head)
        except (PenstockError, IndexError) as error:
            trouble = error.fact if isinstance(error, PenstockError) else str(error)
            return Answered(witness.name, self._vouched.get(witness.name, 0), trouble), ()
        return Answered(witness.name, head.size), lines

    async def _vouched_for(self, witness: Witness, own: Note, head: Checkpoint) -> tuple[SignatureLine, ...]:
        for _ in range(TRIES):
            old = self._vouched.get(witness.name, 0)
            if old > head.size:
                break
            proof = await asyncio.to_thread(self._reader.prove_consistency, old, head.size) if old else ()
            body = Submission(old, proof, own).text().encode()
            status, answer = await self._exchange(witness, "POST", "add-checkpoint", body)
            match status:
                case 200:
                    lines = cosignatures(own.body, answer, [witness.key])
                    self._vouched[witness.name] = head.size
                    return lines
                case 409:
                    self._vouched[witness.name] = decimal(answer.decode("ascii", "replace").strip("\n"))
                case 422:
                    break
                case _:
                    raise EvidenceError(f"It answered {status}: {_sentence(answer)}")
        await self._contradicted(witness, head)
        self._vouched.pop(witness.name, None)
        raise EvidenceError("It knows another size each time; it is asked again.")

    async def _contradicted(self, witness: Witness, head: Checkpoint) -> None:
        """Show the signer what the witness vouched for. It goes on only if the ledger holds that."""
        status, data = await self._exchange(witness, "GET", f"{hashed(head.origin)}/checkpoint", b"")
        if status != 200:
            raise EvidenceError(f"It knows another ledger, and does not show it: {status}.")
        kept = Note.of(data)
        own = Note(kept.body, tuple(one for one in kept.lines if one.name == head.origin))
        try:
            await self._compare(own.text())
        except EvidenceError as error:
            log.critical("ledger_contradicted", witness=witness.name, fact=error.fact)
            raise

    async def _exchange(self, witness: Witness, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        import httpx2  # noqa: PLC0415 (a console without witnesses starts without it)

        url = f"{witness.url.rstrip('/')}/{path}"
        answer = bytearray()
        with told_apart(f"The witness {witness.name}"):
            context = await asyncio.to_thread(trusting, self._ca_file)
            try:
                async with (
                    asyncio.timeout(self._timeout_s),
                    httpx2.AsyncClient(
                        verify=context, trust_env=False, timeout=self._timeout_s / 2
                    ) as client,
                    client.stream(method, url, content=body or None) as response,
                ):
                    async for piece in response.aiter_bytes():
                        answer += piece
                        if len(answer) > LONGEST_ANSWER_BYTES:
                            raise EvidenceError("Its answer has no end.")
            except httpx2.TimeoutException as error:
                raise TimeoutError from error
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise ConnectionError(type(error).__name__) from error
        return response.status_code, bytes(answer)

    async def _silent(self, head: Checkpoint, now: datetime, fact: str) -> None:
        """Say it in the ledger, once: from then on somebody could set it back unseen."""
        since = self._news_since or now
        if self._told or now - since < SILENT_AFTER:
            return
        log.critical("ledger_unwitnessed", since=since.isoformat(), fact=fact)
        missing = tuple(one.witness for one in self.answers if one.trouble)
        await self._ledger.append(HeadUnwitnessed(at=now, size=head.size, since=since, missing=missing))
        self._told = True


def read_policy(file: Path) -> Policy | None:
    """The node's policy; None where there is no file, ConfigError where it is no policy."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The policy can't be read: {error}.", file=str(file)) from error
    policy = Policy.of(text, str(file))
    for witness in policy.witnesses:
        if witness.url and not witness.url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ConfigError(
                f"The witness {witness.name} is not reached by https.",
                file=str(file),
                remedy="Give it a certificate; in clear, anybody on the way could answer in its place.",
            )
    return policy


def read_witnessed(policy: Policy, kept: Path) -> Witnessed | None:
    """The last head that the policy accepted; None where there is none, or the policy asks for more by now."""
    try:
        return policy.check(kept.read_bytes())
    except (OSError, EvidenceError):
        return None


def _keep(file: Path, note: Note) -> None:
    make_folders(file.parent)
    replace(file, note.text().encode(), durable=True)


def _sentence(answer: bytes) -> str:
    text = answer[:200].decode("utf-8", "replace")
    return "".join(one if one.isprintable() else " " for one in text).strip() or "nothing"
