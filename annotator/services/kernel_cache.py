"""Where compiled kernels are kept; command line and window share them."""

import os


def choose_kernel_cache() -> None:
    """Keep compiled kernels where the user may write; must come before numba is loaded."""
    if "NUMBA_CACHE_DIR" not in os.environ:
        from platformdirs import user_cache_path

        folder = user_cache_path("crack-annotator", appauthor=False) / "kernels"
        os.environ["NUMBA_CACHE_DIR"] = str(folder)
