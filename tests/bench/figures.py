"""What a run measured, said so that nobody has to take a single number's word for it: median, least, most."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

YARDSTICK = "ProxyJump"


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    values: tuple[float, ...]

    @staticmethod
    def of(values: Iterable[float]) -> "Spread":
        found = tuple(values)
        if not found:
            raise ValueError("nothing was measured")
        return Spread(found)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def text(self, digits: int = 3) -> str:
        """``median (least-most)``, in few digits."""
        if len(self.values) == 1:
            return _short(self.values[0], digits)
        low, high = _short(min(self.values), digits), _short(max(self.values), digits)
        return f"{_short(self.median, digits)} ({low}-{high})"

    def document(self) -> dict[str, Any]:
        return {
            "median": self.median,
            "min": min(self.values),
            "max": max(self.values),
            "rounds": list(self.values),
        }


@dataclass(frozen=True, slots=True)
class Bound:
    """What is required, of the ratio to the yardstick or of the figure itself."""

    limit: float
    at_least: bool = False
    of_ratio: bool = True

    def text(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:g}{'×' if self.of_ratio else ''}"

    def met_by(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    unit: str
    ours: Spread
    bound: Bound
    beside: Mapping[str, Spread] = field(default_factory=dict)
    no_tolerance: bool = False
    """Any value over the bound fails the whole run."""
    note: str = ""

    @property
    def ratio(self) -> Spread | None:
        """Ours by the yardstick's, round by round."""
        return self.ratio_to(YARDSTICK)

    def ratio_to(self, peer: str) -> Spread | None:
        other = self.beside.get(peer)
        if other is None:
            return None
        pairs = zip(self.ours.values, other.values, strict=False)
        return Spread.of(mine / theirs for mine, theirs in pairs if theirs)

    @property
    def met(self) -> bool:
        if self.no_tolerance:
            return all(self.bound.met_by(value) for value in self.ours.values)
        judged = self.ratio if self.bound.of_ratio else self.ours
        return judged is not None and self.bound.met_by(judged.median)

    def document(self) -> dict[str, Any]:
        return {
            "figure": self.name,
            "unit": self.unit,
            "ours": self.ours.document(),
            "beside": {name: spread.document() for name, spread in self.beside.items()},
            "ratio": {
                name: ratio.document() for name in self.beside if (ratio := self.ratio_to(name)) is not None
            },
            "required": self.bound.text(),
            "met": self.met,
            "note": self.note,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that ``share`` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text, aligned."""
    head = ("figure", "ours", "beside", "ratio to the first", "required", "met")
    rows = [head, *(_row(one) for one in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    missed = [one.name for one in figures if not one.met]
    met = len(figures) - len(missed)
    lines += ["", f"{met} of {len(figures)} met" + (f"; not met: {', '.join(missed)}" if missed else "")]
    lines += [f"  {one.name}: {one.note}" for one in figures if one.note]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _row(one: Figure) -> tuple[str, ...]:
    beside = ", ".join(f"{name} {spread.text()}" for name, spread in one.beside.items()) or "-"
    ratio = one.ratio
    return (
        one.name,
        f"{one.ours.text()} {one.unit}".rstrip(),
        beside,
        f"{ratio.text()}×" if ratio else "-",
        one.bound.text(),
        "yes" if one.met else "NO",
    )


def _short(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e" in text else text
