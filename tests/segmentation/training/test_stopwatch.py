"""The clock of a run over several processes."""

import pytest

from segmentation.training.distributed import Team
from segmentation.training.stopwatch import Stopwatch

pytestmark = pytest.mark.torch


class Told(Team):
    """A second process, told by the first."""

    answer = 0.0

    def from_first(self, *_values: float) -> tuple[float, ...]:
        return (Told.answer,)


@pytest.mark.parametrize("save_every", [0.0, 1e9])
@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_the_first_process_says_when_all_save(
    save_every: float, answer: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Told, "answer", answer)
    watch = Stopwatch(Told(1, 2), lambda: False, 10, time_budget=0.0, save_every=save_every)
    assert watch.is_time_to_save() is bool(answer)


def test_alone_it_saves_by_its_own_clock() -> None:
    always = Stopwatch(Team(), lambda: False, 10, time_budget=0.0, save_every=0.0)
    never = Stopwatch(Team(), lambda: False, 10, time_budget=0.0, save_every=1e9)
    assert (always.is_time_to_save(), never.is_time_to_save()) == (True, False)


def test_a_run_is_cancelled_before_it_is_out_of_time() -> None:
    late = Stopwatch(Team(), lambda: False, 10, time_budget=1e-9, save_every=1e9)
    both = Stopwatch(Team(), lambda: True, 10, time_budget=1e-9, save_every=1e9)
    assert (late.why_stop(), both.why_stop()) == ("out of time", "cancelled")
