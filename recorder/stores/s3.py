"""Evidence in an S3-compatible store, with versions and object lock.

Nothing is believed that was not looked at again: a server may take the headers of a lock and set none
(Ceph RGW 16 does so for uploads in parts), or say yes to a lock and let go of it (``lock_proof.py``).
Only ``botocore`` is used of the vendor's libraries, with nothing from the environment: no proxy, no
profile, no credential but those given. Every body is signed, so the server compares its SHA-256.
"""

import base64
import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
from botocore import exceptions as refused
from botocore.config import Config

from recorder.stores.second import Held, StoreError, Trouble

COMPLIANCE: Final = "COMPLIANCE"
CHUNK_BYTES: Final = 1024 * 1024

_BY_CODE = {
    "RequestTimeTooSkewed": Trouble.SKEWED,
    "NoSuchBucket": Trouble.NO_BUCKET,
    "404": Trouble.NO_BUCKET,  # a HEAD has no words; one for an object is told apart before
    "NoSuchUpload": Trouble.GONE,
    "QuotaExceeded": Trouble.FULL,
    "XAmzContentSHA256Mismatch": Trouble.DIFFERS,
    "BadDigest": Trouble.DIFFERS,
    "RequestTimeout": Trouble.SLOW,
    "SlowDown": Trouble.SLOW,
}
_BY_STATUS = {
    401: Trouble.DENIED,
    403: Trouble.DENIED,
    408: Trouble.SLOW,
    429: Trouble.SLOW,
    507: Trouble.FULL,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is, and how long to wait for it. Holds no secret."""

    endpoint: str
    """``https://host[:port]``."""
    bucket: str
    prefix: str
    """Before every name; ends with ``/`` or is empty. One node's alone."""
    region: str = "us-east-1"
    ca_file: str = ""
    connect_s: float = 2.0
    read_s: float = 10.0
    """How long a server may be silent in the middle of an exchange."""


_NOTHING = (None, None, None, None)
_NOWHERE = (None, None, "/dev/null", None)


@cache
def _session() -> Any:
    """What knows S3's calls; reading their description takes longer than all else here."""
    return botocore.session.Session(
        session_vars={"profile": _NOTHING, "config_file": _NOWHERE, "credentials_file": _NOWHERE}
    )


class S3Store:
    """``SecondStore`` over S3. Not for two threads at once."""

    def __init__(self, place: Place, access_key: str, secret_key: str) -> None:
        self._place = place
        self._client: Any = _session().create_client(
            "s3",
            endpoint_url=place.endpoint,
            region_name=place.region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            verify=place.ca_file or True,
            config=Config(
                connect_timeout=place.connect_s,
                read_timeout=place.read_s,
                retries={"total_max_attempts": 1},  # when to try again is the uploader's own decision
                s3={"addressing_style": "path", "payload_signing_enabled": True},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                proxies={},
                max_pool_connections=1,
            ),
        )

    @property
    def name(self) -> str:
        """Host, bucket and prefix."""
        return f"s3://{urlsplit(self._place.endpoint).netloc}/{self._place.bucket}/{self._place.prefix}"

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def look(self, name: str) -> Held | None:
        """The newest version under ``name``; None when there is none."""
        found = self.held(name)
        if found is None:
            self._ask("see the bucket", self._client.head_bucket, Bucket=self._place.bucket)
        return found

    def held(self, name: str, version: str | None = None) -> Held | None:
        """One version, or the newest; None when there is none, or no bucket."""
        which = {"VersionId": version} if version else {}
        try:
            head = self._ask(f"look for {name}", self._client.head_object, **self._at(name), **which)
        except StoreError as error:
            if isinstance(error.__cause__, refused.ClientError) and _status(error.__cause__) == 404:
                return None
            raise
        return Held(
            version=str(head.get("VersionId") or ""),
            size=int(head["ContentLength"]),
            sha256=str(head.get("Metadata", {}).get("sha256", "")),
            locked_until=_until(head.get("ObjectLockMode"), head.get("ObjectLockRetainUntilDate")),
        )

    def put(self, name: str, data: bytes, sha256: str, until: datetime | None) -> str:
        """Keep ``data`` under ``name``; its version's id."""
        done = self._ask(
            f"send {name}",
            self._client.put_object,
            **self._at(name),
            **_wanted(sha256, until),
            Body=data,
            ContentMD5=_md5(data),
        )
        return self._version(name, done)

    def begin(self, name: str, sha256: str, until: datetime | None) -> str:
        """Begin to send something in parts; the upload's id."""
        begun = self._ask(
            f"begin {name}",
            self._client.create_multipart_upload,
            **self._at(name),
            **_wanted(sha256, until),
        )
        return str(begun["UploadId"])

    def send(self, name: str, upload: str, number: int, data: bytes) -> str:
        """Send part ``number``; its tag."""
        sent = self._ask(
            f"send part {number} of {name}",
            self._client.upload_part,
            **self._at(name),
            UploadId=upload,
            PartNumber=number,
            Body=data,
            ContentMD5=_md5(data),
        )
        return str(sent["ETag"])

    def complete(self, name: str, upload: str, tags: tuple[str, ...]) -> str:
        """Put the parts together; the new version's id."""
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
        done = self._ask(
            f"complete {name}",
            self._client.complete_multipart_upload,
            **self._at(name),
            UploadId=upload,
            MultipartUpload={"Parts": parts},
        )
        return self._version(name, done)

    def abort(self, name: str, upload: str) -> None:
        """Throw away what was sent of an upload."""
        try:
            self._ask(
                f"give up {name}", self._client.abort_multipart_upload, **self._at(name), UploadId=upload
            )
        except StoreError as error:
            if error.trouble is not Trouble.GONE:
                raise

    def unfinished(self) -> tuple[tuple[str, str], ...]:
        """Name and id of every upload under the prefix that was begun and is not over."""
        found: list[tuple[str, str]] = []
        more: dict[str, str] = {}
        while True:
            page = self._ask(
                "list what was begun",
                self._client.list_multipart_uploads,
                Bucket=self._place.bucket,
                Prefix=self._place.prefix,
                **more,
            )
            begun = page.get("Uploads") or ()
            found += [
                (str(one["Key"]).removeprefix(self._place.prefix), str(one["UploadId"])) for one in begun
            ]
            if not page.get("IsTruncated"):
                return tuple(found)
            more = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def lock(self, name: str, version: str, until: datetime) -> datetime:
        """Have a version kept until ``until`` at least; until when it now is, as the store says when asked again."""
        until = until.astimezone(UTC).replace(microsecond=0)
        held = self.held(name, version)
        if held is not None and (held.locked_until is None or held.locked_until < until):
            self.retain(name, version, until)
            held = self.held(name, version)
        if held is None or held.locked_until is None or held.locked_until < until:
            raise StoreError(
                Trouble.UNLOCKED, f"{self.name} was told to keep {name} until {until}, and does not."
            )
        return held.locked_until

    def read(self, name: str, version: str) -> Iterator[bytes]:
        """A version's bytes in order."""
        deed = f"read {name}"
        answer = self._ask(deed, self._client.get_object, **self._at(name), VersionId=version)
        body, left = answer["Body"], int(answer["ContentLength"])
        with contextlib.closing(body):
            while left:
                try:
                    chunk = bytes(body.read(min(CHUNK_BYTES, left)))
                except Exception as error:
                    raise _trouble(deed, self.name, error) from error
                if not chunk:
                    raise StoreError(
                        Trouble.CUT, f"{self.name} broke off {left} bytes before the end of {name}."
                    )
                left -= len(chunk)
                yield chunk

    def versions(self, name: str) -> tuple[str, ...]:
        """The ids of every version under exactly ``name``, the newest first."""
        page = self._ask(
            f"list {name}",
            self._client.list_object_versions,
            Bucket=self._place.bucket,
            Prefix=self._place.prefix + name,
        )
        return tuple(
            str(one["VersionId"])
            for one in page.get("Versions") or ()
            if one["Key"] == self._place.prefix + name
        )

    # -- for the proof, which is the only one that ever asks for these (lock_proof.py) ---------------------

    def retain(self, name: str, version: str, until: datetime, mode: str = COMPLIANCE) -> None:
        """Set the lock of a version to end at ``until``, earlier or later than it did."""
        self._ask(
            f"lock {name}",
            self._client.put_object_retention,
            **self._at(name),
            VersionId=version,
            Retention={"Mode": mode, "RetainUntilDate": until},
        )

    def delete(self, name: str, version: str, *, bypass: bool) -> None:
        """Delete a version for good; ``bypass`` asks for an administrator's way round its lock."""
        more = {"BypassGovernanceRetention": True} if bypass else {}
        self._ask(f"delete {name}", self._client.delete_object, **self._at(name), VersionId=version, **more)

    # -- how a server is asked ----------------------------------------------------------------------------

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self._place.bucket, "Key": self._place.prefix + name}

    def _version(self, name: str, answer: Mapping[str, Any]) -> str:
        version = answer.get("VersionId")
        if not version:  # Ceph RGW names none when it has put parts together
            held = self.held(name)
            version = held.version if held is not None else ""
        if not version or version == "null":
            raise StoreError(
                Trouble.UNLOCKED, f"{self.name} keeps no versions: what it holds can be written over."
            )
        return str(version)

    def _ask(self, deed: str, call: Callable[..., Any], **what: Any) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = call(**what)
        except Exception as error:
            raise _trouble(deed, self.name, error) from error
        return answer


def _wanted(sha256: str, until: datetime | None) -> dict[str, Any]:
    wish: dict[str, Any] = {"Metadata": {"sha256": sha256}, "ContentType": "application/octet-stream"}
    if until is not None:
        wish |= {"ObjectLockMode": COMPLIANCE, "ObjectLockRetainUntilDate": until}
    return wish


def _md5(data: bytes) -> str:
    # S3 demands it (or a newer checksum) of whatever is to be locked; what we rely on is the signed SHA-256.
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def _until(mode: object, until: object) -> datetime | None:
    return until.astimezone(UTC) if mode == COMPLIANCE and isinstance(until, datetime) else None


def _status(error: refused.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _trouble(deed: str, store: str, error: Exception) -> StoreError:
    trouble, why = _sorted(error)
    return StoreError(trouble, f"{store} could not {deed}: {why}.")


_BY_KIND: tuple[tuple[tuple[type[Exception], ...], Trouble, str], ...] = (
    ((refused.ConnectTimeoutError, refused.ReadTimeoutError), Trouble.SLOW, "it did not answer in time"),
    (
        (refused.ConnectionClosedError, refused.IncompleteReadError, refused.ResponseStreamingError),
        Trouble.CUT,
        "the connection broke off",
    ),
    ((refused.SSLError,), Trouble.DENIED, "its certificate is not one that this node trusts"),
    ((refused.ConnectionError, refused.HTTPClientError), Trouble.AWAY, "it can't be reached"),
    ((OSError,), Trouble.CUT, "the connection broke off"),
)
"""What an exchange that brought no answer means; the first that fits."""


def _sorted(error: Exception) -> tuple[Trouble, str]:
    if isinstance(error, refused.ClientError):
        status, code = _status(error), str(error.response.get("Error", {}).get("Code", ""))[:60]
        trouble = _BY_CODE.get(code) or _BY_STATUS.get(status)
        return trouble or _of_status(status), ascii(f"{status} {code}".strip())[1:-1]
    for kinds, trouble, why in _BY_KIND:
        if isinstance(error, kinds):
            return trouble, why
    # An answer that is no S3: whatever a parser makes of it is the server's fault, not ours.
    return Trouble.ODD, f"it answered with what is no S3 ({type(error).__name__})"


def _of_status(status: int) -> Trouble:
    return Trouble.FAILING if status >= 500 else Trouble.ODD
