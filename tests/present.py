"""What may be absent in general and has to be there in a test."""

from typing import TypeVar

T = TypeVar("T")


def present(value: T | None) -> T:
    """The value; None fails the test."""
    assert value is not None
    return value
