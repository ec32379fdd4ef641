"""What can be chosen for a trace is what the engine says."""

from dataclasses import fields

from annotator.services.trace_choices import engine_choices
from annotator.services.tracing import parameters_from
from geodesic import PRESETS, TraceParameters


def test_each_field_of_the_engine_is_described_by_its_own_metadata():
    choices = engine_choices()
    assert [info.name for info in choices.parameters] == [f.name for f in fields(TraceParameters)]
    for info, field in zip(choices.parameters, fields(TraceParameters), strict=True):
        assert info.text == field.metadata["help"]
        assert (info.low, info.high) == (field.metadata["low"], field.metadata["high"])
        assert info.default == field.default
        assert bool(info.choices) == (info.kind == "choice")
    kinds = {info.name: info.kind for info in choices.parameters}
    assert kinds["polarity"] == "choice"
    assert kinds["n_orientations"] == "whole"
    assert kinds["scales"] == "numbers"
    assert kinds["xi"] == "number"


def test_names_are_words():
    labels = {info.name: info.label for info in engine_choices().parameters}
    assert labels["cost_lambda"] == "Cost lambda"


def test_presets_hold_a_value_for_each_parameter():
    choices = engine_choices()
    assert list(choices.presets) == list(PRESETS)
    for name, values in choices.presets.items():
        assert parameters_from("default", **values) == PRESETS[name]


def test_the_parameters_of_a_saved_crack_can_be_traced_with_again():
    saved = TraceParameters(scales=(2.0, 4.0)).to_dict()
    assert isinstance(saved["scales"], list)
    assert parameters_from("default", **saved) == TraceParameters(scales=(2.0, 4.0))
