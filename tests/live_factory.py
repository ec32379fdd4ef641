"""A live preview without an engine: straight ribbons, as far as the front has come."""

import threading
import time

import numpy as np

import annotator.services.detours  # noqa: F401 - it takes its time to load
from annotator.services.live_trace import LiveFront, LivePath


def straight_path(start, end, *, width=3.0, is_coarse=False, bend=0.0):
    """Return a ribbon of constant width; a bent one leaves the line by ``bend`` px in its middle.

    It does not start exactly where it was asked to, as one of the engine: clicks are moved.
    """
    a, b = np.asarray(start, float), np.asarray(end, float)
    length = max(float(np.hypot(*(b - a))), 1e-6)
    share = np.linspace(0.0, 1.0, max(int(length), 2))[:, None]
    normal = np.array([(a - b)[1], (b - a)[0]]) / length
    points = a + share * (b - a) + bend * np.sin(np.pi * share) * normal
    steps = np.hypot(*np.diff(points, axis=0).T)
    return LivePath(
        points=points.astype(np.float32),
        left=(points - normal * width / 2).astype(np.float32),
        right=(points + normal * width / 2).astype(np.float32),
        confidence=np.full(len(points), 0.9, np.float32),
        length=float(steps.sum()),
        median_width=width,
        is_coarse=is_coarse,
    )


class StraightFront(LiveFront):
    """Comes ``reach`` px far once it is released; coarse paths lead beyond that if it is asked."""

    def __init__(self, start, options, tracer):
        self.start, self.options, self._tracer = start, options, tracer
        self.reached = 0.0
        self.is_cancelled = False
        self.n_asked = self.n_asked_for_others = 0

    @property
    def wants_growth(self):
        return False

    def grow(self, is_cancelled, on_progress):
        while not self._tracer.front_release.is_set():
            if is_cancelled():
                self.is_cancelled = True
                return
            time.sleep(0.002)
        self.reached = self._tracer.front_reach
        on_progress(1.0)

    def path_to(self, x, y):
        self.n_asked += 1
        if np.hypot(x - self.start[0], y - self.start[1]) <= self.reached:
            return straight_path(self.start, (x, y), is_coarse=self._tracer.is_coarse)
        return None

    def alternatives(self, x, y):
        self.n_asked_for_others += 1
        bends = self._tracer.bends
        return [straight_path(self.start, (x, y), bend=bend) for bend in (0.0, *bends)]


class LiveFakes:
    """Part of a fake tracer: fronts that the test controls, and cracks that clicks snap to."""

    def __init__(self):
        super().__init__()
        self.fronts = []
        self.front_release = threading.Event()
        self.front_release.set()
        self.front_reach = float("inf")
        self.is_coarse = False
        self.bends = ()
        self.snapped_row = None
        """Clicks within reach of this row of pixels snap to it."""

    def live_front(self, image, start, options):
        front = StraightFront(start, options, self)
        self.fronts.append(front)
        return front

    def snapper(self, image, options):
        def snap(point, radius):
            row = self.snapped_row
            return point if row is None or abs(point[1] - row) > radius else (point[0], float(row))

        return snap
