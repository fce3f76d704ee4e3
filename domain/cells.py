"""Text for a cell of a spreadsheet: read as text, and as nothing else."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of something to reckon (OWASP, CSV injection)."""


def plain_cell(text: str) -> str:
    """``text``, with an apostrophe before it where a spreadsheet would reckon; a number alone stays one."""
    if not text.lstrip(" ").startswith(FORMULA) or _is_number(text):
        return text
    return f"'{text}"


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    whole, _, fraction = digits.partition(".")
    return digits.isascii() and whole.isdigit() and (fraction.isdigit() or digits == whole)
