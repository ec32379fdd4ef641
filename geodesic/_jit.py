"""The one numba preset: every kernel of the package is compiled with it.

``nogil`` keeps the window alive while a kernel runs, ``cache`` keeps the machine code on disk
between runs. Kernels are serial: numba's only guaranteed threading layer aborts the process when
two Python threads enter parallel kernels, so parallelism comes from threads over tiles instead.
"""

from functools import partial

import numba

njit = partial(numba.njit, nogil=True, cache=True, error_model="numpy")
