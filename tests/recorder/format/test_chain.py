import hashlib

from recorder.format.chain import Chain


def test_a_link_is_the_hash_of_every_byte_before_it() -> None:
    chain = Chain(b"pre", b"header")
    file = b"preheader"
    assert chain.head == hashlib.sha256(file).digest()
    for head, body in ((b"h1", b"one"), (b"h2", b""), (b"h3", b"three")):
        file += head + body
        link = chain.link(head, body)
        assert link == chain.head == hashlib.sha256(file).digest()
        file += link
    assert chain.close(b"seal") == hashlib.sha256(file + b"seal").digest()


def test_a_fork_leaves_the_chain_as_it_was() -> None:
    chain = Chain(b"pre", b"header")
    before = chain.head
    fork = chain.fork()
    tried = fork.link(b"head", b"body")
    assert chain.head == before != tried
    assert chain.link(b"head", b"body") == tried
