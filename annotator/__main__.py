"""Entry point of the program: `crack-annotator` and `python -m annotator`."""

import sys
from types import TracebackType

from annotator.cli.program import is_debugging
from annotator.cli.program import main as run_program
from annotator.services.kernel_cache import choose_kernel_cache


def main() -> int:
    """Run the command line and return its exit status."""
    if not is_debugging(sys.argv):
        sys.excepthook = _report_defect
    choose_kernel_cache()
    return run_program()


def _report_defect(
    kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    sys.stderr.write(
        f"Error: the program met a defect ({kind.__name__}: {error}); please report it with what "
        "the same command prints with --debug added.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
