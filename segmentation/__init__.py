"""Learned crack segmentation and the data for it, runnable without a window.

Importing this package must stay light: nothing here may import torch, Qt, ``annotator`` or
``geodesic``. Modules that need torch import it themselves; ``config`` and ``presets`` do not.

Images are floating ``(B, 3, H, W)``, red, green, blue in [0, 1]. ``logits`` are what a network
returns, ``probability`` is their sigmoid, and a ``mask`` is uint8: 0 background, 1 crack,
`UNLABELLED` where nobody has said.
"""

from typing import Final

UNLABELLED: Final = 255
"""Value of mask pixels that losses and metrics leave out."""
