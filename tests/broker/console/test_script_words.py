import re
from pathlib import Path

from broker.console.printing import HERE
from broker.console.script_words import SCRIPT_WORDS
from broker.console.tongues import LANGUAGES, tongue
from domain.said import in_tongue

SCRIPTS = [path for path in sorted((HERE / "static").glob("*.js")) if isinstance(path, Path)]


def test_a_script_says_only_words_that_its_page_gives_it_and_all_of_them() -> None:
    used = {
        name for path in SCRIPTS for name in re.findall(r'penstockSays\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert used == set(SCRIPT_WORDS)


def test_what_a_script_fills_in_stands_in_every_language() -> None:
    for tag in LANGUAGES:
        for word in SCRIPT_WORDS.values():
            names = re.compile(r"\{\w+\}")
            assert sorted(names.findall(str(in_tongue(word, tongue(tag))))) == sorted(names.findall(word))
