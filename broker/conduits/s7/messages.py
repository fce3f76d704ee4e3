"""S7comm's messages: the head, the parameters and the data, read strictly. Pure.

Siemens has published no specification. What stands here is what its CPUs do, as Wireshark's dissector and three
open implementations have it.
"""

from dataclasses import dataclass

PROTOCOL = 0x32
PLUS = 0x72
"""S7comm-plus, of the S7-1200 and 1500: another protocol behind the same two layers."""

JOB, ACK, ACK_DATA, USERDATA = 1, 2, 3, 7
"""What a message is. Jobs are asked for; user data are asked for, answered and pushed."""

HEAD, ANSWER_HEAD = 10, 12
NOT_AVAILABLE = 0x8104
"""The error of a CPU that does not offer a function."""
BUSY = 0x8302
"""The error of a CPU that has no room for one more job."""

NULL_DATA = b"\x0a\0\0\0"
"""The data part of user data that carries none."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``error`` is its class and code as one word; only answers have them."""

    kind: int
    reference: int
    parameters: bytes
    data: bytes = b""
    error: int = 0
    redundancy: int = 0

    @property
    def function(self) -> int:
        """The function's code; of user data 0."""
        return self.parameters[0] if self.parameters else -1

    def wire(self) -> bytes:
        """The message as it goes into its packet."""
        lengths = len(self.parameters).to_bytes(2) + len(self.data).to_bytes(2)
        error = self.error.to_bytes(2) if self.kind in {ACK, ACK_DATA} else b""
        head = bytes((PROTOCOL, self.kind)) + self.redundancy.to_bytes(2) + self.reference.to_bytes(2)
        return head + lengths + error + self.parameters + self.data

    def refusal(self, error: int) -> bytes:
        """The CPU's no to this job or user data, by its error word."""
        if self.kind == USERDATA:
            group, sub, sequence = self.parameters[5] & 0x0F, self.parameters[6], self.parameters[7]
            told = bytes((0, 1, 0x12, 8, 0x12, 0x80 | group, sub, sequence, 0, 0)) + error.to_bytes(2)
            return Message(USERDATA, self.reference, told, NULL_DATA).wire()
        return Message(ACK_DATA, self.reference, self.parameters[:1], error=error).wire()


@dataclass(frozen=True, slots=True)
class NoMessage:
    """Why these bytes are none that can be read. ``plus``: they are of S7comm-plus."""

    sentence: str
    plus: bool = False


def read_message(data: bytes) -> Message | NoMessage:
    """The message in these bytes: no length in it may contradict another."""
    if data[:1] == bytes((PLUS,)):
        return NoMessage("It is S7comm-plus, which nobody here can read.", plus=True)
    if len(data) < HEAD or data[0] != PROTOCOL:
        return NoMessage("It does not begin as a message of S7comm does.")
    kind = data[1]
    if kind not in {JOB, ACK, ACK_DATA, USERDATA}:
        return NoMessage(f"A message of the unknown kind {kind}.")
    head = ANSWER_HEAD if kind in {ACK, ACK_DATA} else HEAD
    parameters, more = int.from_bytes(data[6:8]), int.from_bytes(data[8:10])
    if len(data) != head + parameters + more:
        return NoMessage("The length of a message contradicts what its head says.")
    return Message(
        kind,
        int.from_bytes(data[4:6]),
        data[head : head + parameters],
        data[head + parameters :],
        int.from_bytes(data[10:12]) if head == ANSWER_HEAD else 0,
        int.from_bytes(data[2:4]),
    )
