"""What vendors' people and tools are written down with, and had better not be."""

from collections.abc import Iterator

from domain.ids import PersonId
from domain.parties import Instruction, Person, ProofingKind, Tool
from policies.charter.charter import Charter
from policies.charter.finding import Finding
from policies.charter.wording import quoted


def party_findings(charter: Charter) -> Iterator[Finding]:
    """Proofings by nobody of the plant, subjects that may become somebody else's, tools that nobody can choose."""
    for person in charter.people.values():
        yield from _proofing(charter, person)
        yield from _subjects(person)
    for tool in charter.tools.values():
        yield from _documents(charter, tool)


def _proofing(charter: Charter, person: Person) -> Iterator[Finding]:
    """Whom somebody of the plant has seen, somebody of the plant can name; what a vendor says is the vendor's word."""
    if person.proofed is None or person.proofed.kind is ProofingKind.BY_VENDOR:
        return
    by = charter.people.get(PersonId(person.proofed.by))
    if by is None or by.vendor is not None:
        yield Finding(
            "proofed_by_nobody",
            f"person {person.id}",
            f"Their identity was made sure of ({person.proofed.kind}) by {quoted(person.proofed.by)}, "
            f"which is the id of nobody of the plant.",
            'Write the id of whoever saw them; where the vendor vouches for it, kind = "by-vendor".',
            field="proofed.by",
        )


def _subjects(person: Person) -> Iterator[Finding]:
    """An address passes to whoever is called so next; a provider's own subject never does (OIDC Core section 5.7)."""
    for binding in person.bindings:
        if "@" in binding.subject:
            yield Finding(
                "subject_is_an_address",
                f"person {person.id}",
                f"{binding.issuer} is to sign them in by {quoted(binding.subject)}, which reads like an e-mail address.",
                "Write the provider's `sub`, which it gives to nobody else; an address may pass to another person.",
                field="sign_in",
            )


def _documents(charter: Charter, tool: Tool) -> Iterator[Finding]:
    if tool.documented:
        return
    lacking = ", ".join(one for one in Instruction if one not in tool.documents)
    with_it = [one for one in charter.vendors.values() if tool.id in one.tools]
    stuck = [one for one in with_it if not any(charter.tools[each].documented for each in one.tools)]
    yield Finding(
        "tool_undocumented",
        f"tool {tool.id}",
        f"No instruction is on file for: {lacking}; nobody can come in with {tool.name}"
        + (f", and {' and '.join(one.name for one in stuck)} with nothing else." if stuck else "."),
        "Write where each stands into [tool.documents].",
        note=not stuck,  # until then its people use another
        field="documents",
    )
