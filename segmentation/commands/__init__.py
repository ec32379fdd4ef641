"""The backend's command line: ``python -m segmentation``, part of ``crack-annotator``.

torch, timm and OpenCV are imported only by what runs, so that help and errors come at once.
"""
