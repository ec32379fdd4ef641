"""Records: what TOML says arrives, and what it must not say is named."""

import tomllib
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.toml_records import Options, Range, Record, read_record, to_table, write_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner(Record):
    rate: Annotated[float, Range(0.0, 1.0)] = 0.5
    sizes: Annotated[tuple[int, ...], Range(1, 9)] = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer(Record):
    name: str = "x"
    count: int = 3
    is_on: bool = False
    kind: Literal["a", "b"] = "a"
    inner: Inner = field(default_factory=Inner)
    options: Options = field(default_factory=dict)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), TEXTS
)
TABLES = st.recursive(
    st.dictionaries(TEXTS, SCALARS | st.lists(SCALARS, max_size=3), max_size=3),
    lambda inner: st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


@given(TABLES)
def test_written_toml_reads_back_the_same(table: Mapping[str, Any]) -> None:
    assert tomllib.loads(write_toml(table)) == table


def test_a_record_comes_back_from_its_text() -> None:
    record = Outer(
        name='a "b"\n\\',
        kind="b",
        inner=Inner(rate=1e-5, sizes=(3,)),
        options={"scale": 1, "widths": (1, 2.5), "deep": True},
    )
    assert read_record(Outer, tomllib.loads(write_toml(to_table(record)))) == record


def test_missing_keys_keep_their_defaults_and_whole_numbers_become_floats() -> None:
    record = read_record(Outer, {"inner": {"rate": 1}})
    assert record == Outer(inner=Inner(rate=1.0))
    assert type(record.inner.rate) is float


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"nome": 1}, "run.nome is not known; known here: name, count, is_on, kind, inner"),
        ({"inner": {"rat": 1}}, "run.inner.rat is not known; known here: rate, sizes"),
        ({"inner": {"rate": 2}}, "run.inner.rate is 2; it must lie in 0 to 1"),
        ({"inner": {"rate": float("nan")}}, "run.inner.rate is nan; it must lie in 0 to 1"),
        ({"inner": {"rate": "1"}}, "run.inner.rate is '1'; it must be a number"),
        ({"inner": {"sizes": [1, 12]}}, "run.inner.sizes is 12; it must lie in 1 to 9"),
        ({"inner": {"sizes": [1, 2.5]}}, "run.inner.sizes is 2.5; it must be a whole number"),
        ({"inner": {"sizes": 1}}, "run.inner.sizes is 1; it must be a list"),
        ({"inner": 4}, "run.inner is 4; it must be a table"),
        ({"count": True}, "run.count is True; it must be a whole number"),
        ({"is_on": 1}, "run.is_on is 1; it must be true or false"),
        ({"name": 1}, "run.name is 1; it must be a text"),
        ({"kind": "c"}, "run.kind is 'c'; it must be one of a, b"),
        ({"kind": []}, "run.kind is \\[\\]; it must be one of a, b"),
        ({"options": {"x": {"y": 1}}}, "run.options.x is {'y': 1}; it must be a list"),
        ({"options": {"x": [[1]]}}, "run.options.x is .*; a list may hold plain values only"),
        ({"options": 1}, "run.options is 1; it must be a table"),
    ],
)
def test_what_does_not_fit_is_named(table: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        read_record(Outer, table, "run")


def test_a_record_made_in_code_is_checked_too_and_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match=r"^rate is 7; it must lie in 0 to 1\.$"):
        Inner(rate=7.0)
    with pytest.raises(FrozenInstanceError):
        Inner().rate = 0.1  # pyright: ignore[reportAttributeAccessIssue]
