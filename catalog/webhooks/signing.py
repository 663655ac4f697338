"""Signatures after the Standard Webhooks specification: a receiver checks them with any of its libraries.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from standardwebhooks.webhooks import Webhook as Signer

SECRET_BYTES = 32  # the specification asks for 24 to 64
OVERLAP = timedelta(days=1)  # a former secret signs as well, so that receivers can change over


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(message_id: str, body: bytes, at: datetime, signed_with: Iterable[str]) -> dict[str, str]:
    """What a receiver needs to check `body`. at: the time of this try, not of the event. signed_with: secrets; any
    of them will do for a receiver.
    """
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(message_id, at, body.decode()) for secret in signed_with),
    }
