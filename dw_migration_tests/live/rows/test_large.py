"""A value as large as PostgreSQL can send goes over as it was, through a client that holds a few blocks of it."""

import resource

import pytest

from dw_migration_tests.live.rows.ground import Ground

LARGEST = 2**30 - 100
"""Bytes: a message, which holds the row, and its header, is a little less than a gigabyte at most."""


VALUES = {"text": "repeat('x', {})", "bytea": "decode(repeat('78', {}), 'hex')"}


@pytest.mark.soak
@pytest.mark.parametrize(
    ("type_", "bytes_"),
    [("text", LARGEST), ("bytea", LARGEST // 2)],  # which is made from hexadecimal text
)
def test_the_largest_value_goes_over(ground: Ground, type_: str, bytes_: int) -> None:
    ground.make(f"CREATE TABLE t (id integer PRIMARY KEY, v {type_})")
    ground.make(f"INSERT INTO t SELECT 1, {VALUES[type_].format(bytes_)}", on_both=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    copied = ground.copy(ground.plan("t", key=["id"]))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (copied.error, copied.still_off) == (None, ())
    assert (
        ground.rows("SELECT length(v), md5(v) FROM t")
        == ground.source.execute("SELECT length(v), md5(v) FROM t").fetchall()
    )
    assert after - before < 32 * 1024  # KiB
