"""The composition root: builds the parts of the application, connects them, and runs it."""

import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from annotator import __version__
from annotator.actions import projects
from annotator.canvas.crack_drawing import draw_crack
from annotator.canvas.rendering import build_pyramid
from annotator.dialogs.error import ErrorReporter
from annotator.main_window import MainWindow
from annotator.screenshot import Photographer
from annotator.services.kernel_cache import choose_kernel_cache
from annotator.session import Session
from annotator.settings import Settings
from annotator.theme import ThemeSwitch
from annotator.workers import exchange_work
from annotator.workers.crack_drawings import CrackDrawings
from annotator.workers.image_loader import ImageLoader
from annotator.workers.job_runner import Job, JobRunner
from annotator.workers.termination import Termination
from annotator.workers.trace_work import EngineTracer, Tracer

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.001
"""What the window waits for each time it needs the interpreter while a worker has it."""

QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
}


def run(arguments: Sequence[Path], *, screenshot: Path | None = None) -> int:
    """Open the window on files or folders and return the exit status.

    With ``screenshot`` the window traces the cracks whose ends are known (see `screenshot`), writes
    its picture to that file, and closes. All that happens in a project that is gone afterwards.
    """
    started = time.perf_counter()
    choose_kernel_cache()
    qInstallMessageHandler(log_qt_message)
    application = make_application()
    with tempfile.TemporaryDirectory() as folder:
        # A picture for the documentation neither depends on the user's settings nor changes them.
        settings = Settings(Path(folder) / "settings.ini") if screenshot else Settings()
        if screenshot:
            arguments = [make_passing_project(Path(folder), arguments), *arguments]
        session, window = build(application, settings, EngineTracer())
        reporter = ErrorReporter(window)
        reporter.install()
        session.runner.crashed.connect(reporter.show)
        termination = Termination(lambda: _end(application, window), window)
        window.show()
        QTimer.singleShot(0, lambda: _after_first_paint(session, window, arguments, started))
        photographer = Photographer(session, window, screenshot) if screenshot else None
        status = application.exec()
        termination.uninstall()
        reporter.uninstall()
    if photographer and photographer.error:
        print(photographer.error, file=sys.stderr)  # noqa: T201 - asked for on the command line
        return 1
    return status


def make_passing_project(folder: Path, photographs: Sequence[Path]) -> Path:
    """Make a project of the photographs in a folder that will be deleted."""
    from annotator.services.projects import new_project

    first = photographs[0]
    images = first if first.is_dir() else first.parent
    store, _ = new_project(folder / images.absolute().name, images, "")
    store.close()
    return store.folder


def log_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Send Qt's messages to the log; what it says about windows without a screen is no news."""
    if "propagateSizeHints" not in text:
        log.log(QT_LEVELS.get(kind, logging.ERROR), "Qt: %s", text)


def make_application() -> QApplication:
    """Return the application object; Fusion looks the same on every platform."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("Crack Annotator")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("crack-annotator")
    application.setStyle("Fusion")
    return application


def build(
    application: QApplication, settings: Settings, tracer: Tracer
) -> tuple[Session, MainWindow]:
    """Build session and window."""
    runner = JobRunner()
    runner.garbage.start()
    session = Session(
        runner, ImageLoader(runner, build_pyramid), CrackDrawings(runner, draw_crack), tracer
    )
    session.author = settings.author
    session.project_home = settings.project_home
    session.recent_projects = lambda: settings.recent_projects
    session.trace_settings.set_next_preset(settings.preset)
    theme_switch = ThemeSwitch(application)
    theme_switch.set_theme(settings.theme)
    window = MainWindow(session, settings, theme_switch)
    runner.setParent(window)
    session.setParent(window)
    return session, window


def start_warm_up(session: Session, window: MainWindow) -> None:
    """Load the engine in the background, so that the first trace does not wait for it."""
    session.runner.start(
        Job(
            key="warm up",
            work=session.tracer.warm_up,
            title="Preparing the tracing engine",
            is_cancellable=False,
            on_done=session.trace_settings.learn,
            on_failed=lambda error: session.problem.emit(str(error)),
        )
    )
    session.runner.start(Job(key="load exchange", work=exchange_work.load, lane="exchange"))


def _after_first_paint(
    session: Session, window: MainWindow, arguments: Sequence[Path], started: float
) -> None:
    log.info("window shown after %.2f s", time.perf_counter() - started)
    start_warm_up(session, window)
    if arguments:
        projects.open_paths(window.context, list(arguments))


def _end(application: QApplication, window: MainWindow) -> None:
    """Write what waits and end without questions: nobody may be there to answer them."""
    window.context.is_discarding = True
    window.close()
    application.quit()  # out of a dialog that waits, too
