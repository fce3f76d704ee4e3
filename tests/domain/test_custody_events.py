from dataclasses import fields

from domain.custody_events import EvidenceHandled

ISO_27037 = {
    "item": "unique evidence identifier",
    "by": "who accessed the evidence",
    "at": "the time at which it took place",
    "door": "the location at which it took place: by which way in",
    "source": "the location at which it took place: from which address",
    "copy_sha256": "who checked the evidence out, and when: what left",
    "purpose": "why it was checked out",
    "office": "the relevant authority",
    "changed": "any unavoidable changes, and by whom",
}
"""ISO/IEC 27037 on what a chain-of-custody record should contain, at the least."""


def test_a_custody_record_has_every_field_that_iso_27037_asks_for() -> None:
    assert ISO_27037.keys() <= {one.name for one in fields(EvidenceHandled)}
