"""The classes of boxes of a project."""

import pytest

from annotator.document.bounding_box import BOX_CLASSES
from annotator.session.box_classes import KEY, UNKNOWN_COLOR, BoxClasses
from annotator.workers.job_runner import JobRunner
from tests.session_factory import watch

pytestmark = pytest.mark.gui

SPALLING = {"name": "spalling", "number": 7, "color": "#123456"}


class Store:
    """Settings in memory."""

    is_read_only = False

    def __init__(self, **settings):
        self.settings = settings

    def get(self, key, default=None):
        return self.settings.get(key, default)

    def set(self, key, value):
        self.settings[key] = value


@pytest.fixture
def runner(qtbot):
    runner = JobRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def classes(runner):
    return BoxClasses(runner)


def names(classes):
    return [known.name for known in classes.classes]


def test_every_project_has_crack_and_corrosion(classes):
    assert classes.classes == BOX_CLASSES
    assert classes.current.name == "crack"


def test_a_project_brings_its_own(classes, qtbot):
    classes.set_store(
        Store(**{KEY: [SPALLING, {"name": "crack", "number": 3, "color": "#000000"}]})
    )
    qtbot.waitUntil(lambda: names(classes) == ["crack", "corrosion", "spalling"])
    assert classes.color_of("spalling").name() == "#123456"
    assert classes.color_of("unheard of").name() == UNKNOWN_COLOR
    classes.choose("spalling")
    classes.set_store(Store())
    assert names(classes) == ["crack", "corrosion"]
    assert classes.current.name == "crack"


@pytest.mark.parametrize("broken", [None, "x", [1, {"name": "only"}, {"number": 2}], {"a": 1}])
def test_settings_that_hold_no_classes_do_no_harm(classes, runner, qtbot, broken):
    classes.set_store(Store(**{KEY: broken}))
    qtbot.waitUntil(lambda: runner.find("read box classes") is None)
    assert classes.classes == BOX_CLASSES


def test_a_new_class_is_current_and_kept_in_the_project(classes, qtbot):
    store = Store(**{KEY: [SPALLING]})
    classes.set_store(store)
    qtbot.waitUntil(lambda: len(classes.classes) == 3)
    told = watch(classes.changed)
    classes.add(" rust stain ")
    assert told
    assert classes.current.name == "rust stain"
    assert classes.current.number == 8
    assert classes.current.color not in {known.color for known in classes.classes[:3]}
    qtbot.waitUntil(lambda: len(store.settings[KEY]) == 2)
    assert [value["name"] for value in store.settings[KEY]] == ["spalling", "rust stain"]


def test_a_name_that_is_there_is_only_chosen(classes):
    classes.add("corrosion")
    classes.add("   ")
    assert names(classes) == ["crack", "corrosion"]
    assert classes.current.name == "corrosion"
    classes.choose("unheard of")
    assert classes.current.name == "corrosion"


def test_a_class_just_added_survives_a_refresh(classes, runner, qtbot):
    classes.set_store(Store())
    classes.add("spalling")
    classes.refresh()
    qtbot.waitUntil(lambda: runner.find("read box classes") is None)
    assert names(classes) == ["crack", "corrosion", "spalling"]
