"""Records that cannot be written: each is found and set apart, the others are written once and in order."""

from __future__ import annotations

import math

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.isolation import MAX_REASON, is_data_error, isolate, reason_of


class Writer:
    """Takes numbers, all of a batch or none, and refuses those of `poison`."""

    def __init__(self, poison: set[int]):
        self.poison, self.written, self.apart, self.calls = poison, list[int](), list[int](), 0

    def write(self, items: list[int] | tuple[int, ...]) -> int:
        self.calls += 1
        if self.poison & set(items):
            raise ValueError("a value is at fault")
        self.written.extend(items)
        return len(items)

    def set_apart(self, item: int, error: Exception) -> int:
        assert "at fault" in str(error)
        self.apart.append(item)
        return 0


@given(st.integers(0, 300), st.sets(st.integers(0, 299), max_size=12))
def test_all_but_the_poison_is_written_in_order(count: int, poison: set[int]) -> None:
    writer = Writer(poison)
    written = sum(isolate(range(count), writer.write, writer.set_apart))
    assert writer.written == [number for number in range(count) if number not in poison]
    assert writer.apart == sorted(number for number in poison if number < count)
    assert written == len(writer.written)


def test_one_of_ten_thousand_costs_few_calls() -> None:
    writer = Writer({5_000})
    list(isolate(range(10_000), writer.write, writer.set_apart))
    assert len(writer.written) == 9_999
    assert writer.calls <= 2 * math.ceil(math.log2(10_000)) + 1


def test_what_is_no_fault_of_a_value_is_raised() -> None:
    def write(_: object) -> int:
        raise psycopg.OperationalError("the connection is lost")

    with pytest.raises(psycopg.OperationalError):
        list(isolate([1, 2], write, lambda *_: 0))


def test_kinds_of_errors() -> None:
    assert is_data_error(psycopg.errors.ProgramLimitExceeded())  # an index row of over 2,704 bytes
    assert is_data_error(psycopg.errors.NumericValueOutOfRange())
    assert is_data_error(psycopg.errors.UntranslatableCharacter())
    assert is_data_error(psycopg.errors.CheckViolation())
    assert is_data_error(psycopg.errors.RaiseException())  # by a trigger
    assert is_data_error(KeyError("product_id"))
    assert not is_data_error(psycopg.errors.DiskFull())
    assert not is_data_error(psycopg.errors.UndefinedTable())
    assert not is_data_error(psycopg.errors.DeadlockDetected())
    assert not is_data_error(MemoryError())
    assert not is_data_error(RuntimeError())


def test_a_reason_is_short_and_can_be_stored() -> None:
    assert reason_of(ValueError("a\0b")) == "ValueError: ab"
    assert len(reason_of(ValueError("x" * 1_000))) == MAX_REASON
