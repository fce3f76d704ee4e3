"""What a page costs who goes through it: taps, characters, and the words that stand on the screen on the way."""

from dataclasses import dataclass

from playwright.async_api import Page

WORDS = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    for (const word of node.data.matchAll(/\\S*[\\p{L}\\p{N}]\\S*/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const box = range.getClientRects()[0];
      if (!box) continue;
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      const top = x < 0 || y < 0 || x > innerWidth || y > innerHeight ? null : document.elementFromPoint(x, y);
      if (top && node.parentElement.contains(top)) found.push(word[0]);
    }
  }
  return found;
}"""
"""Each word of the page's own part that is on the screen: neither beyond its edge, nor folded away, nor under a bar."""


@dataclass
class Walk:
    """One person's way, counted. ``stops``: what stood on the screen at each page, before anything was scrolled."""

    page: Page
    taps: int = 0
    characters: int = 0

    def __post_init__(self) -> None:
        self.stops: list[list[str]] = []

    @property
    def words(self) -> int:
        """How many words stood on the way."""
        return sum(map(len, self.stops))

    async def read(self) -> str:
        """Take in the screen; what stands on it, as one line."""
        await self.page.wait_for_load_state()  # its style sheets too
        self.stops.append(await self.page.evaluate(WORDS))
        return " ".join(self.stops[-1])

    async def tap(self, selector: str) -> None:
        """Press what is on the screen already; an error where it must be scrolled to first."""
        box = await self.page.locator(selector).bounding_box()
        height = await self.page.evaluate("innerHeight")
        assert box is not None, f"{selector} is not to be seen"
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, f"{selector} is off the screen: {box}"
        self.taps += 1
        await self.page.click(selector)

    async def type(self, name: str, text: str) -> None:
        """Into the field of this name, which takes a tap where it has not got the focus by itself."""
        if await self.page.evaluate("document.activeElement.name") != name:
            await self.tap(f"[name={name}]")
        self.characters += len(text)
        await self.page.keyboard.type(text)
