"""Proofs that a person, and nobody else, said yes to exactly this permit. Each kind is one file."""

from approvals.proofs.proof import Spent, Verified, purpose, verify

__all__ = ["Spent", "Verified", "purpose", "verify"]
