"""Signatures by Standard Webhooks (standardwebhooks.com, 1.0): whoever has a library for that can verify ours."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"
SECRET_PATTERN = r"^whsec_[A-Za-z0-9+/]{32,88}={0,2}$"  # noqa: S105 - what one looks like; 24 to 64 bytes


def headers_for(message_id: str, seconds: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The three headers of a message: a signature for each secret, while one takes over from another."""
    signatures = " ".join(f"v1,{sign(message_id, seconds, body, secret)}" for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signatures,
    }


def sign(message_id: str, seconds: int, body: bytes, secret: str) -> str:
    """HMAC-SHA256 of id, time and body, in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{seconds}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def is_secret(text: str) -> bool:
    """Whether a text can be a secret: base64 of 24 to 64 bytes behind its prefix."""
    try:
        size = len(base64.b64decode(text.removeprefix(PREFIX), validate=True))
    except ValueError:
        return False
    return text.startswith(PREFIX) and 24 <= size <= 64  # noqa: PLR2004 - as the standard says
