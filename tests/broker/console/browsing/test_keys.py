import asyncssh

from broker.console.browsing.keys import Identity, new_key


def test_a_tab_s_key_is_nobody_else_s_and_its_halves_belong_together() -> None:
    keys = [new_key() for _ in range(3)]
    assert len({one.public for one in keys}) == 3
    for one in keys:
        assert one.public.startswith("ssh-ed25519 ")
        assert len(one.public.split()) == 2, "no comment"
        read = asyncssh.import_private_key(one.private).export_public_key("openssh").decode()
        assert read.split()[:2] == one.public.split()


def test_what_is_logged_or_shown_of_a_key_holds_no_secret() -> None:
    key = new_key()
    assert "PRIVATE" not in repr(Identity(key, "ssh-ed25519-cert-v01@openssh.com AAAA"))
