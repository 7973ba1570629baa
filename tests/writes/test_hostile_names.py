"""Names that are text of other kinds: SQL, paths, JSON, log lines. What is written by a name is
read by it, by us and by `deltalake`, or the name is refused; and nothing else happens."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from deltaic import DeltaTable, QueryBuilder, write_deltalake
from deltaic.exceptions import DeltaError

from harness.arrow import collect
from writes import places
from writes.log_history import read_history
from writes.readers import of_deltalake, ours

NONE = {"durability": "none"}

PIECES = [
    *(
        "a",
        "B",
        "0",
        "_",
        " ",
        "  ",
        ".",
        "..",
        "/",
        "\\",
        "%",
        "%2F",
        "%25",
        "+",
        "&",
        "=",
        "#",
        "?",
    ),
    *("'", '"', "`", "''", '""', "``", ";", ",", "(", ")", "{", "}", "[", "]", "<", ">", ":", "|"),
    *("--", "/*", "*/", "//", "\n", "\r", "\t", "\x01", "\x7f", "$", "@", "!", "~", "^", "*", "-"),
    *(
        "; DROP TABLE t",
        "'; DELETE FROM t; --",
        "NULL",
        "SELECT",
        "true",
        "${x}",
        "{{x}}",
        "\\u0041",
    ),
    *("\u202e", "\u200f", "\u05d0\u05d1", "\u0646\u0635", "\u200b", "\ufeff", "\u00e9", "e\u0301"),
    *("\u0130", "\u0131", "\u00df", "\U0001f600", "\u6c34", "\u2028", "\x85", "x" * 100),
]
FIXED = [
    *(
        "",
        " ",
        ".",
        "..",
        "/",
        "\x00",
        "a\x00b",
        "'",
        '"',
        "`",
        ";",
        "--",
        "/*",
        "\n",
        "NULL",
        "null",
    ),
    *(
        "x" * 300,
        "\u6c34" * 100,
        "__HIVE_DEFAULT_PARTITION__",
        "_delta_log",
        "_metadata",
        "_change_type",
    ),
    *(
        "a=b/c=d",
        "../../outside",
        "%2E%2E/x",
        "C:\\x",
        "file:///etc/passwd",
        "\u202etxt",
        "t.x",
        "t.`x`",
    ),
    *(
        "x'; DROP TABLE t; --",
        'x"; DROP TABLE t; --',
        "x`; DROP TABLE t; --",
        "1 = 1 OR x",
        "\\",
        "\\\\",
    ),
]


def generated(count: int, seed: int = 14) -> Iterator[str]:
    """Names of the list, and others of pieces."""
    yield from FIXED
    choice = random.Random(seed)
    for _ in range(count - len(FIXED)):
        yield "".join(choice.choices(PIECES, k=choice.randint(1, 6)))[:300]


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def run(sql: str) -> list[tuple[object, ...]]:
    found = collect(QueryBuilder(storage_options=NONE).execute(sql))
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


def _check_only(folder: Path) -> None:
    """Nothing is in the folder but the table, and in that the log and the files that it names."""
    assert [path.name for path in folder.iterdir()] == ["t"]
    objects = places.folder(folder).read("t")
    history = read_history(objects)
    data = {name for name in objects if not name.startswith("_delta_log/")}
    assert data == history.named_paths()


def _make_and_fill(folder: Path, name: str, mapped: bool) -> DeltaError | None:
    """Writes to a column of that name in three ways; returns the error where it is refused."""
    table = folder / "t"
    configuration = {"delta.columnMapping.mode": "name"} if mapped else {}
    rows = pa.table({"key": [1], name: [2]})
    try:
        write_deltalake(table, rows, configuration=configuration, storage_options=NONE)
    except DeltaError as error:
        return error
    quoted = identifier(name)
    assert run(f"INSERT INTO '{table}' ({quoted}, key) VALUES (4, 3)") == [(1,)]
    write_deltalake(
        table,
        pa.table({"key": [5], name: [6]}),
        mode="overwrite",
        predicate=f"{quoted} = 2 OR {quoted} = 6",
        storage_options=NONE,
    )
    return None


def test_names_of_columns(tmp_path: Path, long_run: bool) -> None:
    refused = []
    for number, name in enumerate(generated(3000 if long_run else 200)):
        if not name or "\0" in name:
            continue  # Arrow's C interface ends names there.
        folder = tmp_path / str(number)
        table = folder / "t"
        folder.mkdir()
        error = _make_and_fill(folder, name, mapped=number % 2 == 0)
        if error is not None:
            assert error.code == "invalid_argument", error
            assert not list(folder.iterdir()), name
            refused.append(name)
            continue
        quoted = identifier(name)
        assert [field.name for field in DeltaTable(table).schema().fields] == ["key", name]
        assert ours(table) == [(3, 4), (5, 6)], name
        assert run(f"SELECT {quoted} FROM '{table}' WHERE {quoted} > 4") == [(6,)]
        theirs = json.loads(deltalake.DeltaTable(table).schema().to_json())
        assert [field["name"] for field in theirs["fields"]] == ["key", name]
        assert of_deltalake(table) == [(3, 4), (5, 6)], name
        assert len(read_history(places.folder(folder).read("t")).commits) == 3
        _check_only(folder)
    assert len(refused) <= 2, refused


def test_names_with_the_end_of_a_text_in_them_are_refused(tmp_path: Path) -> None:
    for name in ("\0", "a\0b"):
        with pytest.raises(DeltaError, match=r"U\+0000"):
            run(f"CREATE TABLE t ({identifier(name)} BIGINT) USING DELTA LOCATION '{tmp_path}/t'")
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("first", "second"), [("a", "A"), ("é", "É"), ("x ж", "X Ж"), ("ω", "Ω")])
def test_names_that_differ_by_case_are_refused(tmp_path: Path, first: str, second: str) -> None:
    with pytest.raises(DeltaError, match=first):
        write_deltalake(tmp_path / "t", pa.table({first: [1], second: [2]}))
    assert not list(tmp_path.iterdir())
    write_deltalake(tmp_path / "t", pa.table({first: [1]}))
    write_deltalake(tmp_path / "t", pa.table({second: [2]}), mode="append", schema_mode="merge")
    assert [field.name for field in DeltaTable(tmp_path / "t").schema().fields] == [first]
    assert ours(tmp_path / "t") == of_deltalake(tmp_path / "t") == [(1,), (2,)]


def test_values_of_partitions(tmp_path: Path, long_run: bool) -> None:
    values = [*dict.fromkeys(generated(3000 if long_run else 400))]
    table = tmp_path / "t"
    rows = pa.table({"x": range(len(values)), "p": values})
    configuration = {"delta.checkpointInterval": "1"}
    write_deltalake(
        table, rows, partition_by=["p"], configuration=configuration, storage_options=NONE
    )
    # The protocol cannot tell the empty text from null.
    expected = sorted(((x, value or None) for x, value in enumerate(values)), key=repr)
    assert ours(table) == expected
    assert of_deltalake(table) == expected
    _check_only(tmp_path)
    for value in values[:60]:
        if value:
            assert run(f"SELECT count(*) FROM '{table}' WHERE p = {literal(value)}") == [(1,)]
    DeltaTable(table, storage_options=NONE).create_checkpoint()
    for commit in (table / "_delta_log").glob("*.json"):
        commit.unlink()
    assert ours(table) == expected


def test_values_of_partitions_by_statements(tmp_path: Path) -> None:
    table = tmp_path / "t"
    names = pa.schema([("x", pa.int64()), ("p", pa.string())])
    DeltaTable.create(table, names, partition_by=["p"], storage_options=NONE)
    values = [value for value in dict.fromkeys(generated(120, seed=15)) if value]
    for x, value in enumerate(values):
        assert run(f"INSERT INTO '{table}' VALUES ({x}, {literal(value)})") == [(1,)]
    assert DeltaTable(table).version() == len(values)
    for x, value in enumerate(values[:40]):
        where = f"p = {literal(value)}"
        statement = f"INSERT INTO '{table}' REPLACE WHERE {where}"
        assert run(f"{statement} VALUES ({x + 1000}, {literal(value)})") == [(1,)]
    expected = [(x + 1000 if x < 40 else x, value) for x, value in enumerate(values)]
    assert ours(table) == sorted(expected, key=repr)
    assert of_deltalake(table) == sorted(expected, key=repr)


def test_texts_of_constraints(tmp_path: Path, long_run: bool) -> None:
    """A text in a constraint is a text; what does not parse is refused where it is given."""
    schema = pa.schema([("x", pa.int64()), ("s", pa.string())])
    for number, text in enumerate(generated(2000 if long_run else 150, seed=16)):
        folder = tmp_path / str(number)
        folder.mkdir()
        if "\\" not in text and "\0" not in text:
            _check_constraint(folder, text)
        bare = tmp_path / f"{number}-bare"
        configuration = {"delta.constraints.c": text}
        error = None
        try:
            DeltaTable.create(bare, schema, configuration=configuration, storage_options=NONE)
        except DeltaError as failure:
            error = failure
        assert error is None or error.code in REFUSALS, error
        assert bare.exists() == (error is None)


REFUSALS = ("invalid_argument", "invalid_sql", "unsupported_feature")


def _check_constraint(folder: Path, text: str) -> None:
    """A table whose rows must hold exactly the text."""
    table = folder / "t"
    schema = pa.schema([("x", pa.int64()), ("s", pa.string())])
    configuration = {"delta.constraints.c": f"s = {literal(text)}"}
    DeltaTable.create(table, schema, configuration=configuration, storage_options=NONE)
    write_deltalake(table, pa.table({"x": [1], "s": [text]}), mode="append", storage_options=NONE)
    other = pa.table({"x": [2], "s": [text + "!"]})
    with pytest.raises(DeltaError, match="c") as failure:
        write_deltalake(table, other, mode="append", storage_options=NONE)
    assert failure.value.code == "constraint_violation"
    assert ours(table) == [(1, text)]
    _check_only(folder)


def test_names_of_constraints_properties_and_applications(tmp_path: Path) -> None:
    """Names that are keys of JSON objects."""
    names = [name for name in dict.fromkeys(generated(150, seed=17)) if name]
    table = tmp_path / "t"
    properties = {f"custom.{name}": name for name in names}
    write_deltalake(
        table,
        pa.table({"x": [1]}),
        name=names[0],
        description="".join(names),
        configuration=properties,
        storage_options=NONE,
    )
    metadata = DeltaTable(table).metadata()
    assert properties.items() <= metadata.configuration.items()
    assert metadata.description == "".join(names)
    theirs = deltalake.DeltaTable(table).metadata()
    assert properties.items() <= theirs.configuration.items()
    assert theirs.description == "".join(names)
