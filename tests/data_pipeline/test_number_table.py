"""Numbers in text files: what is converted all at once is what each field says."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data_pipeline.errors import BadRecording
from data_pipeline.readers.fast_numbers import MISSING, fast_values, is_regular
from data_pipeline.readers.number_table import read_number_table

# No denormal numbers: trainings in the same process have set the processor to take them for zero.
NUMBERS = st.one_of(st.floats(allow_subnormal=False), st.integers(-(2**70), 2**70)).map(str)
ODD = st.text(alphabet="0123456789.eE+-_ naifxNAT?/\0\x0c\u0661", max_size=8)
FIELDS = st.one_of(NUMBERS, NUMBERS, st.sampled_from(sorted(MISSING)), ODD)


def value(field: str) -> float | None:
    """What a field says, by Python; None if it is no number."""
    if field.lower().strip(" ") in MISSING:
        return float("nan")
    try:
        return None if "_" in field else float(field)
    except ValueError:
        return None


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.lists(FIELDS, min_size=1, max_size=5), min_size=1, max_size=5), between=st.sampled_from(",\t;"))
@example(rows=[["1\x002", "1_0", "0x10", "True", "1.7976931348623157e309"]], between=",")
@example(rows=[["0.1", "9007199254740993", "4.35", "2.2250738585072011e-308"]], between=",")
def test_numbers_that_are_converted_at_once_are_those_of_python(rows: list[list[str]], between: str) -> None:
    found = fast_values("\n".join(field for row in rows for field in row), between, ".")
    expected = [value(field) for row in rows for field in row]
    if found is not None:
        assert None not in expected
        np.testing.assert_array_equal(found, np.array(expected, np.float64))


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.lists(st.sampled_from(["", "1", "2.5", "é"]), min_size=1, max_size=4), min_size=1, max_size=6))
def test_lines_are_regular_where_all_have_the_same_width(rows: list[list[str]]) -> None:
    lines = "\n".join(",".join(row) for row in rows)
    for width in range(1, 5):
        assert is_regular(lines, ",", width) == all(len(row) == width for row in rows)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(st.sampled_from(["1", "a", "", 'b"c', '"', "d,e", "f\ng"]), min_size=2, max_size=4), min_size=1
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_fields_in_quotes_are_those_of_the_csv_module(tmp_path: Path, rows: list[list[str]], quoting: int) -> None:
    with (tmp_path / "r.csv").open("w", newline="") as stream:
        csv.writer(stream, quoting=quoting, lineterminator="\n").writerows([["x", "y"], *rows])
    table = read_number_table(tmp_path / "r.csv", may_have_names=False)
    kept = [row for row in [["x", "y"], *rows] if any(row)]
    for column in range(4):
        expected = [row[column].replace("\n", "\x1e") if column < len(row) else "" for row in kept]
        assert [field for _, field in table.texts(column)] == expected


@pytest.mark.parametrize("quoted", [False, True])
def test_a_column_of_a_table_with_gaps_blank_rows_and_text(tmp_path: Path, quoted: bool) -> None:
    when = '"12:00, {}"' if quoted else "12:00 {}"
    rows = [f"{when.format(i)},{'' if i == 4 else i / 8},{i}" for i in range(9)]
    (tmp_path / "r.csv").write_text("\n".join(["\n,,", "when,ECG,n", *rows[:3], "", ",,", *rows[3:], "", ""]))
    table = read_number_table(tmp_path / "r.csv")
    assert table.names == ["when", "ECG", "n"] and table.width == 3
    np.testing.assert_array_equal(table.column(1), [0, 0.125, 0.25, 0.375, np.nan, 0.625, 0.75, 0.875, 1])
    assert [line for line, _ in table.texts(0)] == [4, 5, 6, 9, 10, 11, 12, 13, 14]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n\n3,4\n5\n6,7\n", "line 5 has 1 fields instead of 2"),
        ("a,b\n1,2\n\n3,4\n5,6,7\n", "line 2 has 2 fields instead of 3"),
        ("a,b\n1,2\n\n3,x\n5,6\n", "line 4: 'x' is no number"),
        ('"a","b"\n"1","2"\n"3\n",4\n5,x\n', "line 5: 'x' is no number"),
        ("a;b\n1,5;2,5\n1,5;2.5.1\n", r"line 3: '2\.5\.1' is no number"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(BadRecording, match=message):
        read_number_table(tmp_path / "r.csv").column(1)


def test_decimal_commas_are_those_of_numbers_only(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("label;s0;s1\nA,B;1,5;2,5\nC;;1e-1\n")
    table = read_number_table(tmp_path / "r.csv")
    assert [text for _, text in table.texts(0)] == ["A,B", "C"]
    samples = table.reader([1, 2])
    np.testing.assert_array_equal([samples(0), samples(1)], [[1.5, 2.5], [np.nan, 0.1]])


def test_one_bad_row_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("1,2\n3,x\n5,6,7\n")
    samples = read_number_table(tmp_path / "r.csv", may_have_names=False).reader(range(3))
    np.testing.assert_array_equal(samples(0), [1, 2])
    np.testing.assert_array_equal(samples(2), [5, 6, 7])
    with pytest.raises(BadRecording, match="line 2: 'x' is no number"):
        samples(1)


def test_rows_without_any_of_the_columns_have_none(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("x,1,2\ny\nz,,3\n")
    samples = read_number_table(tmp_path / "r.csv", may_have_names=False).reader([1, 2])
    np.testing.assert_array_equal(samples(0), [1, 2])
    assert len(samples(1)) == 0
    np.testing.assert_array_equal(samples(2), [np.nan, 3])
    (tmp_path / "r.csv").write_text("x\ny\n")
    assert len(read_number_table(tmp_path / "r.csv", may_have_names=False).reader([1, 2])(1)) == 0
