"""Learned crack segmentation and the data for it, runnable without a window.

Importing this package must stay light: nothing here may import torch, Qt, ``annotator`` or
``geodesic``. Modules that need torch import it themselves.
"""
