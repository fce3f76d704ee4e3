from broker.conduits.http.pages import page


def test_a_person_reads_a_page_and_a_program_lines_and_both_have_code_sentence_and_remedy() -> None:
    for html in (True, False):
        said = page("http_malformed", "It is no <HTTP> & more.", html=html)
        text = said.body.decode()
        assert "http_malformed" in text
        assert "What to do: Use a browser" in text
        assert ("&lt;HTTP&gt; &amp; more." in text) is html
        assert said.content_type.startswith("text/html" if html else "text/plain")
    assert "ask the plant for a permit" in page("http_method_not_permitted", "No.", html=False).body.decode()
