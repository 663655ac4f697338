"""UUID version 7: time-ordered identifiers, so that the log's primary key grows at one end."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= (random_bits >> 62) << 64
    value |= 0b10 << 62
    value |= random_bits & (2**62 - 1)
    return UUID(int=value)
