"""JSON whose numbers stay what they are."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kds.domain.exact_json import read_json, write_json

_digits = st.text("0123456789", min_size=1, max_size=40)
_numbers = st.builds(
    lambda sign, whole, part: f"{sign}{whole.lstrip('0') or '0'}{part}",
    st.sampled_from(["", "-"]), _digits, st.just("") | _digits.map(lambda digits: f".{digits}"),
)  # fmt: skip


@given(_numbers)
def test_any_number_keeps_its_digits(number: str) -> None:
    written = write_json(read_json(f'[{{"code": {number}}}]'))
    assert written == f'[{{"code": {number}}}]' or number == "-0"


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 50_000, "0." + "1" * 16_383, "1" * 300 + ".10"])
def test_a_number_that_python_would_not_read_keeps_its_digits(number: str) -> None:
    assert write_json(read_json(number)) == number


def test_a_number_with_an_exponent_is_written_out() -> None:
    assert (write_json(read_json("1e400")), write_json(read_json("-12e-3"))) == ("1" + "0" * 400, "-0.012")


@pytest.mark.parametrize(
    "number", ["1e50000", "9" * 50_001, "1e-16384", "1e999999999", "-1e9999999999999999999999", "NaN"]
)
def test_what_postgresql_could_not_keep_is_no_number_and_takes_no_memory(number: str) -> None:
    assert math.isnan(read_json(number))


def test_a_small_whole_number_is_an_int() -> None:
    assert type(read_json("2147483647")) is int
    assert type(read_json("1.0")) is Decimal


@pytest.mark.parametrize("value", [None, True, 'a "b" \u202e é', ["a", 1], [{"name": "x", "more": ["a", -1]}], {}, []])
def test_all_else_is_written_as_the_standard_library_does(value: object) -> None:
    assert write_json(value) == json.dumps(value, ensure_ascii=False)
