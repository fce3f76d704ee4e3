"""What to do about a line that TOML's parser refuses. It says what it expected; an engineer asks what to type.

Guesses from the line and the parser's words, in the order of ``_ADVICE``: the first that fits. They are
advice only, so a wrong guess costs a look at the documentation and never a wrong charter.
"""

import re

_DATE = "Write a day as 2026-01-31, one that the calendar has: year, month, day, without quotes."
_ADVICE = (
    # what the parser says, what the line holds, what to do
    (r"", r"[\u201c\u201d\u201e\u2018\u2019]", 'Use straight quotes: ".'),
    (
        r"Cannot overwrite",
        r"",
        "A field stands twice in one table: remove one, or put the header that docs/charter.md shows above it.",
    ),
    (
        r"Cannot declare",
        r"^\s*\[[^\[.\]]+\]",
        "Write the header with two brackets on each side: there may be several such entries.",
    ),
    (
        r"Cannot declare",
        r"",
        "This table is there already: the [[header]] that begins a new entry is missing above it, or misspelt.",
    ),
    (r"Expected '='", r"^\s*[\w-]+\s*:", "Write = after the name of the field, not a colon."),
    (r"Expected '='", r"", "Write the name of the field without spaces, then =, then its value."),
    (r"Expected '\]", r"", "Close the header with as many brackets as it begins with, on the same line."),
    (r"Invalid date", r"", _DATE),
    (r"", r"=\s*\d+\.\d+\.\d+\.\d+", "Put the value in quotes."),
    (r"", r"=\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\s*(#.*)?$", _DATE),
    (r"", r"=\s*\d{4}-\d{1,2}\s*(#.*)?$", _DATE),
    (r"", r"=\s*\d{4}-\d\d-\d\d[T ]", "Write an instant as 2026-01-31T08:00:00+01:00, without quotes."),
    (
        r"Unclosed array",
        r"",
        "Put a comma between the items of the list and ] behind the last; look at the line above too.",
    ),
    (r"Illegal character '\\n'", r"", "End the string with a quote on the line on which it begins."),
    (r"Unescaped '\\'", r"", "Write each backslash twice, or put the text in single quotes."),
    (r"", r"=\s*(?i:true|false|yes|no|on|off)\s*(#.*)?$", "Write true or false, in small letters."),
    (r"", r"=\s*(#.*)?$", "Write a value behind the =."),
    (r"", r"=\s*'[^']*'[^,\]\s#]", "Put a text that holds an apostrophe in double quotes."),
    (r"", r"=\s*[^\s\"'\[{]", "Put the value in quotes."),
    (
        r"Expected newline",
        r"",
        "End the line behind the value: only a comment, which begins with #, may follow. Is there a quote or bracket too many?",
    ),
)
_OTHERWISE = "Correct the line; docs/charter.md shows how each is written."


def advice(said: str, line: str) -> str:
    """What to do about ``line``, of which the parser said ``said``."""
    for says, holds, remedy in _ADVICE:
        if re.search(says, said) and re.search(holds, line):
            return remedy
    return _OTHERWISE
