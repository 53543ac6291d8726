"""Tables beside recordings: every known column is used, and whatever else is there is named with its line."""

import logging
from pathlib import Path

import numpy as np
import pytest
from source_files import random_signals, write_npy, write_record, write_wfdb

from data_pipeline import DataError, open_source, prepare

SIGNALS = random_signals(6)
WELL = "file,label,group\nr0.npy,N,a\nr1.npy,N,a\nr2.npy,A,b\nr3.npy,A,b\n"


def folder_with(path: Path, name: str, text: str | bytes) -> Path:
    (write_npy(path / "n", SIGNALS) / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return path / "n"


@pytest.mark.parametrize(
    "text",
    [
        WELL,
        WELL.replace("\n", "\r\n"),
        "\ufeff" + WELL,
        WELL.replace(",", ";"),
        WELL.replace(",", "\t"),
        WELL.replace(".npy", ""),
        WELL.replace("file,label,group", "Recording,Class,Group"),
        WELL.replace("r0.npy,N,a", '"r0.npy" , "N" , a'.replace(' , "N"', ", N")),
        "group,label,record\na,N,r0\na,N,r1\nb,A,r2\nb,A,r3\n\n",
        "label,file,group\nN,r0.npy,a\nN,r1.npy,a\n\nA,r2.npy,b\nA,r3.npy,b",
    ],
)
def test_a_table_is_read_however_it_was_written(tmp_path: Path, text: str) -> None:
    read = open_source(folder_with(tmp_path, "labels.csv", text), rate=100)
    assert read.labels == ["N", "N", "A", "A", None, None]
    assert read.groups == ["a", "a", "b", "b", None, None]


@pytest.mark.parametrize("name", ["REFERENCE.csv", "groups.csv"])
def test_a_group_counts_wherever_it_is(tmp_path: Path, name: str) -> None:
    folder = write_wfdb(tmp_path / "w", SIGNALS, ["N", "N", "A", "A"])
    if name == "groups.csv":
        (folder / name).write_text("A00000,p\nA00003,p\n")
    else:
        (folder / name).write_text("record,label,group\nA00000,N,p\nA00001,N,\nA00002,A,\nA00003,A,p\n")
    groups = prepare(folder, tmp_path / "cache").groups
    assert groups[0] == groups[3] and len(set(groups.tolist())) == 5


WRONG = {
    "row longer than the header": (
        "file,label\nr0.npy,N\nr1.npy,N,PVC\n",
        "line 3: 'r1.npy,N,PVC' has 3 fields instead of 2: .* one label",
    ),
    "row shorter": ("file,label,group\nr0.npy,N\n", "line 2: 'r0.npy,N' has too few fields: 2 of 3"),
    "a second label": (
        "file,label,label2\nr0.npy,N,PVC\n",
        "label,label2': it must be file,label,group.* one label here",
    ),
    "a label twice": ("file,label,label\nr0.npy,N,N\n", "one label here"),
    "unknown column": ("file,label,patient\nr0.npy,N,p\n", "rename a column that means one of these, and remove"),
    "index column": (",file,label\n0,r0.npy,N\n", r"leave an index column out \(pandas"),
    "one recording, two labels": (
        "file,label\nr0.npy,N\nr1.npy,A\nr0.npy,PVC\n",
        "line 4: 'r0.npy' is there twice, as 'N' in line 2 and 'PVC' here: a recording has one label",
    ),
    "row twice": ("file,label\nr0.npy,N\nr0,N\n", "line 3: 'r0' is there twice, first in line 2: keep one row"),
    "label nan": ("file,label\nr0.npy,N\nr1.npy,nan\n", "line 3: label 'nan' is how programs write no value"),
    "group nan": ("file,label,group\nr0.npy,N,NaN\n", "line 2: group 'NaN' is how programs write no value"),
    "label of two lines": ('file,label\nr0.npy,"N\nA"\n', "line 3: label .* cannot be printed"),
    "case": (
        "file,label\nr0.npy,AF\nr1.npy,N\nr2.npy,af\n",
        "line 4: label 'af' is 'AF' of line 2 in another spelling",
    ),
    "blanks": ('file,label\nr0.npy,A F\nr1.npy,"A  F"\n', "line 3: label 'A  F' is 'A F' of line 2"),
    "number": ("file,label\nr0.npy,1\nr1.npy,01\nr2.npy,x\n", "line 3: label '01' is '1' of line 2"),
    "several": (
        "file,label\nr0.npy,N\nr8.npy,N\nr9.npy,N\n",
        r"2 lines are wrong: \(1\) line 3: label for record 'r8.npy'.*\(2\) line 4: label for record 'r9.npy'",
    ),
    "NUL": (b"file,label\nr0.npy,\0\n", "line 2"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=list(WRONG))
def test_what_is_unknown_is_named_by_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        open_source(folder_with(tmp_path, "labels.csv", text), rate=100)
    assert "\n" not in str(caught.value) and "labels.csv" in str(caught.value)


REFERENCES = {
    "group without header": ("A00000,N,p\n", "has 3 fields and no header says what they are: it must be record,label"),
    "several labels": (
        "Recording,First_label,Second_label\nA00000,N,\nA00001,A,\n",
        "First_label,Second_label' has 3 fields|one label here",
    ),
    "longer row": ("A00000,N\nA00001,A,p\n", "line 2: 'A00001,A,p' has 3 fields instead of 2"),
}


@pytest.mark.parametrize(("text", "message"), REFERENCES.values(), ids=list(REFERENCES))
def test_a_reference_with_more_columns_is_refused(tmp_path: Path, text: str, message: str) -> None:
    folder = write_wfdb(tmp_path / "w", SIGNALS, [])
    (folder / "REFERENCE.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        open_source(folder)


def test_the_first_ten_lines_are_named_and_the_others_counted(tmp_path: Path) -> None:
    text = "file,label\n" + "".join(f"x{i}.npy,N\n" for i in range(23))
    with pytest.raises(DataError, match=r"23 lines are wrong: \(1\) line 2.*\(10\) line 11.*… and 13 more") as caught:
        open_source(folder_with(tmp_path, "labels.csv", text), rate=100)
    assert "x10.npy" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "classes"),
    [
        ("1\n2\n1\n2\n3\n3\n", ("1", "2", "3")),
        ("-1\n1\n-1\n1\n-1\n1\n", ("-1", "1")),
        ("10\n2\n10\n2\n10\n2\n", ("2", "10")),
        ("01\n1.0\n2\n2\n+2\n1\n", ("1", "2")),
        ("walk\nrun\nwalk\nrun\nwalk\nrun\n", ("run", "walk")),
    ],
)
def test_classes_are_any_numbers_or_names(tmp_path: Path, lines: str, classes: tuple[str, ...]) -> None:
    rows = [f"r{i}.npy,{label},{i}" for i, label in enumerate(lines.split())]
    assert open_source(write_npy(tmp_path / "n", SIGNALS, rows), rate=100).class_names == classes


def test_one_of_several_references_is_chosen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = write_wfdb(tmp_path / "w", SIGNALS, [])
    (folder / "REFERENCE.csv").unlink()
    (folder / "REFERENCE-v3.csv").write_text("A00000,N\nA00001,A\n")
    with caplog.at_level(logging.WARNING):
        assert open_source(folder).labels == [None] * 6
    assert "REFERENCE-v3.csv: choose one with --reference" in caplog.text
    elsewhere = (folder / "REFERENCE-v3.csv").rename(tmp_path / "mine.csv")
    assert open_source(folder, reference=elsewhere).labels[:2] == ["N", "A"]
    with pytest.raises(DataError, match=r"REFERENCE-v9.csv is missing"):
        open_source(folder, reference=Path("REFERENCE-v9.csv"))


def test_two_tables_of_labels_are_not_mixed(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "labels.csv", WELL)
    (folder / "REFERENCE.csv").write_text("r4,N\n")
    with pytest.raises(DataError, match="has both labels.csv and REFERENCE.csv: choose one with --reference"):
        open_source(folder, rate=100)
    assert open_source(folder, rate=100, reference=Path("REFERENCE.csv")).labels[4] == "N"


def test_sealed_labels_are_joined_by_name(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "labels.csv", WELL)
    (folder / "y_test.csv").write_text("r5,A\nr4.npy,N\n")
    read = open_source(folder, rate=100)
    assert read.labels[4:] == [None, None]
    assert read.sealed_labels is not None and read.sealed_labels() == ["N", "A"]
    assert prepare(folder, tmp_path / "cache", rate=100).has_sealed_labels


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("r4,N\n", "no label of r5"),
        ("r4,N\nr5,N\nr0,N\n", "labels of r0, labelled already"),
        ("r4,N\nr5,none\n", "line 2: label 'none'"),
        ("r4,N\nr5,X\n", "'X' is none of the classes N, A"),
    ],
)
def test_sealed_labels_that_do_not_fit_are_refused(tmp_path: Path, text: str, message: str) -> None:
    folder = folder_with(tmp_path, "labels.csv", WELL)
    (folder / "y_test.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        prepare(folder, tmp_path / "cache", rate=100)


def test_all_damaged_recordings_are_named_at_once_with_what_helps(tmp_path: Path) -> None:
    folder = write_wfdb(tmp_path / "w", SIGNALS, ["N"] * 6)
    (folder / "A00001.mat").write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64" + bytes(200))
    (folder / "A00003.mat").write_bytes(b"x" * 4000)
    write_record(folder, "A00004", SIGNALS[4], gain="big/mV")
    (folder / "A00005.mat").unlink()
    with pytest.raises(DataError, match="4 of 6 recordings in .* cannot be used") as caught:
        open_source(folder)
    for words in ("A00001.mat is a MATLAB v7.3", "-v7", "A00003.mat is no readable", "gain 'big/mV'", "put it there"):
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_of_macos_are_left_out(tmp_path: Path) -> None:
    folder = write_wfdb(tmp_path / "w", SIGNALS[:2], ["N", "A"])
    for name in ("._A00000.hea", "._A00000.mat", ".DS_Store"):
        (folder / name).write_bytes(b"\0\5\26\7")
    assert open_source(folder).ids == ["A00000", "A00001"]
    other = write_npy(tmp_path / "n", SIGNALS[:2])
    (other / "._r0.npy").write_bytes(b"\0\5\26\7")
    assert open_source(other, rate=100).ids == ["r0", "r1"]


def test_a_header_that_names_another_file_is_not_believed(tmp_path: Path) -> None:
    folder = write_wfdb(tmp_path / "w", SIGNALS[:3], ["N", "A", "N"])
    header = folder / "A00001.hea"
    header.write_text(header.read_text().replace("A00001.mat", "A00002.mat"))
    with pytest.raises(DataError, match="A00001.hea names A00002.mat, which is there, too, but A00001.mat"):
        open_source(folder)
    header.write_text(header.read_text().replace("A00002.mat", "../w/A00002.mat"))
    with pytest.raises(DataError, match="which is no file of its folder"):
        open_source(folder)


@pytest.mark.parametrize("unit", ["uV", "\u00b5V", "\u03bcV"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_both_characters_for_micro_are_read(tmp_path: Path, unit: str, encoding: str) -> None:
    if encoding == "latin-1" and unit == "\u03bcV":
        pytest.skip("Latin-1 has no Greek letters")
    write_record(tmp_path, "r1", SIGNALS[0], gain="2/uV")
    header = tmp_path / "r1.hea"
    header.write_bytes(header.read_text().replace("uV", unit).encode(encoding))
    read = open_source(tmp_path)
    assert read.unit == "mV" and read.scale[0] == np.float32(0.0005)
