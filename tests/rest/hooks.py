"""What values of formats of ours look like."""

import base64

import schemathesis
from hypothesis import strategies

LAST_MICROSECOND = 253_402_300_799 * 10**6


def cursor(microseconds: int, entry: bytes) -> str:
    return base64.urlsafe_b64encode(microseconds.to_bytes(8, "big") + entry).decode()


# 24 bytes: base64 without padding.
cursors = strategies.builds(cursor, strategies.integers(0, LAST_MICROSECOND), strategies.binary(min_size=16, max_size=16))
tags = strategies.builds('"{}"'.format, strategies.integers(1, 5))
schemathesis.openapi.format("cursor", cursors)
schemathesis.openapi.format("entity-tags", tags | strategies.just("*"))
