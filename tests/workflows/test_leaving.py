"""Leaving the window, and coming back to the place one left."""

import pytest
from PySide6.QtCore import Qt

from tests.workflows.window_driver import FakeTracer, close, make_driver

pytestmark = pytest.mark.gui


def test_a_project_opens_at_the_image_shown_last(qtbot, images):
    driver = make_driver(qtbot, FakeTracer())
    driver.open(images)
    with qtbot.waitSignal(driver.session.image_shown):
        driver.key(Qt.Key.Key_D)
    left = driver.session.current.name
    close(driver)
    again = make_driver(qtbot, FakeTracer())
    again.open(images)
    assert again.session.current.name == left
    assert again.session.index == 1
    close(again)


def test_a_crack_that_is_being_traced_is_not_lost_by_closing(qtbot, driver, images):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(60, 60)
    driver.click(200, 120)
    driver.wait(lambda: driver.tracer.calls)
    driver.window.close()
    assert driver.window.isVisible()
    driver.tracer.release.set()
    driver.wait(lambda: not driver.window.isVisible())
    assert len(driver.session.entries[0].cracks) == 1
    assert driver.session.saver.is_saved


def test_closing_twice_gives_the_trace_up(qtbot, driver, images):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(60, 60)
    driver.click(200, 120)
    driver.wait(lambda: driver.tracer.calls)
    driver.window.close()
    driver.window.close()
    assert not driver.window.isVisible()
    assert driver.session.entries[0].cracks == ()


def test_a_file_that_cannot_be_opened_cannot_be_approved(qtbot, driver, images):
    (images / "photo 2.png").write_bytes(b"no image")
    driver.open(images)
    driver.session.show_image(1)
    driver.wait(lambda: driver.session.index == 1)
    driver.key(Qt.Key.Key_3)
    assert str(driver.session.current.state) == "new"
    driver.key(Qt.Key.Key_4)
    driver.wait(lambda: str(driver.session.current.state) == "needs work")
