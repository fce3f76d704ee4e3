"""What is asked of a time-stamp authority over HTTP, and the CRLs of its certificates."""

import asyncio

from cryptography import x509

from broker.notices.channels.channel import told_apart, trusting
from domain.errors import PeerError
from recorder.stamps.chain import reading
from recorder.stamps.token import LONGEST_BYTES

LONGEST_CRL_BYTES = 2 * 1024 * 1024
QUERY = "application/timestamp-query"


async def fetch(
    url: str,
    body: bytes,
    *,
    where: str,
    ca_file: str,
    timeout_s: float,
    longest: int = LONGEST_BYTES,
) -> tuple[int, bytes]:
    """Status and body of an answer of at most ``longest`` bytes; a question without ``body`` is a GET. PeerError when there is none.

    Redirects are not followed, and no proxy is asked.
    """
    import httpx2  # noqa: PLC0415 (a console without an authority starts without it)

    answer = bytearray()
    with told_apart(where):
        # In clear there is no certificate to check: what comes is signed (ADR 0030).
        context = await asyncio.to_thread(trusting, ca_file) if url.startswith("https:") else False
        try:
            async with (
                asyncio.timeout(timeout_s),
                httpx2.AsyncClient(verify=context, trust_env=False, timeout=timeout_s) as client,
                client.stream(
                    "POST" if body else "GET",
                    url,
                    content=body or None,
                    headers={"content-type": QUERY} if body else None,
                ) as response,
            ):
                async for piece in response.aiter_bytes():
                    answer += piece
                    if len(answer) > longest:
                        raise PeerError(f"{where} answers without end.")
        except httpx2.TimeoutException as error:
            raise TimeoutError from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ConnectionError(type(error).__name__) from error
    return response.status_code, bytes(answer)


async def fetch_crl(url: str, *, ca_file: str, timeout_s: float) -> x509.CertificateRevocationList:
    """The CRL at ``url``, PEM or DER; PeerError when there is none, StampError when it can't be read."""
    status, data = await fetch(
        url, b"", where="The CRL", ca_file=ca_file, timeout_s=timeout_s, longest=LONGEST_CRL_BYTES
    )
    if status != 200:
        raise PeerError(f"Where the CRL should be, the answer is {status}.")
    with reading():
        return x509.load_pem_x509_crl(data) if data.startswith(b"-----") else x509.load_der_x509_crl(data)
