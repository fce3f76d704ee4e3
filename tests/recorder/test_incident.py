from recorder.incident import case_name, index_page, words


def test_the_page_is_inert_and_says_each_event_in_words() -> None:
    event = {"event": "SessionOpened", "at": "2026-03-02T08:00:00Z", "person": "<script>", "session": "s"}
    page = index_page("a & b", ["s"], {7: event}).decode()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "a &amp; b" in page
    assert case_name("s") in page
    assert words(event) == "Session opened. person: <script>"
