"""Cracks for tests: straight traced ones and painted rectangles; candidates of these."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from annotator.document.candidate import Candidate
from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch


def make_path(line, waypoints=None, half_width=1.5, **changes):
    """Return a path along a line of points (x, y)."""
    line = np.asarray(line, float)
    fields = {
        "waypoints": np.asarray(line[[0, -1]] if waypoints is None else waypoints, float),
        "centerline": line,
        "half_widths": np.full((len(line), 2), half_width),
        "confidence": np.ones(len(line)),
        "edge_visible": np.ones(len(line), bool),
        "length_px": float(np.hypot(*np.diff(line, axis=0).T).sum()),
        "width_px": dict.fromkeys(("mean", "median", "p95", "max"), 2 * half_width),
        "parameters": {},
        "seconds": {"total": 0.0},
    }
    return CrackPath(**fields | changes)


def traced_crack(waypoints, half_width=1.5, identifier=None):
    """Return a crack along straight lines through the waypoints."""
    corners = np.asarray(waypoints, float)
    pieces = [np.linspace(a, b, max(int(np.hypot(*(b - a)) * 2), 2)) for a, b in pairwise(corners)]
    line = np.concatenate(pieces)
    reach = int(np.ceil(half_width)) + 1
    x0, y0 = np.maximum(np.floor(line.min(axis=0)).astype(int) - reach, 0)
    x1, y1 = np.ceil(line.max(axis=0)).astype(int) + reach + 1
    rows, columns = np.mgrid[y0:y1, x0:x1]
    distances = np.full(rows.shape, np.inf)
    for x, y in line:
        column, row = int(x) - x0, int(y) - y0
        near = np.s_[
            max(row - reach, 0) : row + reach + 2, max(column - reach, 0) : column + reach + 2
        ]
        distances[near] = np.minimum(distances[near], np.hypot(columns[near] - x, rows[near] - y))
    patch = MaskPatch(int(x0), int(y0), (distances <= half_width).astype(np.uint8))
    return Crack.from_mask(patch, "traced", make_path(line, corners, half_width), identifier)


def painted_crack(box, source="painted", identifier=None):
    """Return a crack that fills a box (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = box
    patch = MaskPatch(x0, y0, np.ones((y1 - y0, x1 - x0), np.uint8))
    return Crack.from_mask(patch, source, identifier=identifier)


def make_candidate(identifier, waypoints=((10, 20), (80, 40)), confidence=0.7, **changes):
    """Return a candidate along straight lines: its pixels are wider than what was traced."""
    raw = traced_crack(waypoints, 2.5)
    traced = traced_crack(waypoints, 1.5)
    fields = {
        "identifier": identifier,
        "raw": Crack.from_mask(raw.mask_patch(), "predicted", identifier=identifier),
        "traced": replace(
            Crack.from_mask(traced.mask_patch(), "predicted", traced.path), identifier=identifier
        ),
        "confidence": confidence,
        "model": "0123456789ab",
    }
    return Candidate(**fields | changes)
