"""Crack Annotator, the desktop application. This file holds the version only."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("crack-annotator")
except PackageNotFoundError:  # a plain checkout that was never installed
    __version__ = "0.0.0+checkout"
