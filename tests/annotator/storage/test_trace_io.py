"""Trace records are strict JSON that any reader accepts."""

import json
import math

from annotator.storage.trace_io import record_text, save_record


def reject(constant):
    raise AssertionError(f"{constant} is not JSON")


def test_numbers_are_never_nan():
    record = {"centerline": [[1.25, 2.0]], "width_px": {"mean": math.nan, "max": math.inf}}
    read = json.loads(record_text(record), parse_constant=reject)
    assert read == {"centerline": [[1.25, 2.0]], "width_px": {"mean": None, "max": None}}


def test_text_truth_values_and_order_are_kept(tmp_path):
    record = {"image": "Riß 裂.jpg", "edge_visible": [True, False], "notes": (), "length": 3}
    save_record(tmp_path / "a.json", record)
    raw = (tmp_path / "a.json").read_bytes().decode("utf-8")
    assert json.loads(raw) == {**record, "notes": []}
    assert list(json.loads(raw)) == list(record)
    assert "Riß 裂.jpg" in raw


def test_empty_record():
    assert json.loads(record_text({})) == {}
