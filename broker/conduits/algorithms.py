"""Which SSH algorithms either leg will speak. Everything that is not listed is off.

No finite-field groups (asyncssh before 2.21 broke strict key exchange in GEX; and a client can make
us compute), no NIST curves for key agreement, no SHA-1, no CBC, no MAC-then-encrypt, no compression. GCM first:
1.3 to 1.5 times faster than ChaCha20 here, and not touched by CVE-2023-48795. ChaCha20 is left out.
"""

KEY_EXCHANGE = (
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
)
VENDOR_ENCRYPTION = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com")
"""Only these towards vendors: stock clients would choose CTR first, which is slower, if we let them."""

ENCRYPTION = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "umac-128-etm@openssh.com")
SIGNATURES = (
    "sk-ssh-ed25519@openssh.com",
    "ssh-ed25519",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""What a client may sign with: keys of engineers exist in all of these forms."""

HOST_KEYS_BY_TYPE = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
"""A pinned key's type to the algorithms it may sign with, where that is not its own name."""

HOST_KEY_ALGORITHMS = tuple(name for name in SIGNATURES if not name.startswith("sk-"))
"""What an asset may prove itself with at all; the key must still be a pinned one."""
