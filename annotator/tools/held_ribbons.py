"""Ribbons of traces that run: they stay on the screen until the cracks are there."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from annotator.canvas.tool import Point
from annotator.services.live_trace import LivePath
from annotator.session import Session
from annotator.session.traces import RunningTrace

Ribbons = tuple[LivePath | None, ...]


class HeldRibbons:
    """What is drawn for the traces of the current image: ribbons, or dashed lines."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: list[tuple[RunningTrace, Ribbons]] = []

    def start(self, waypoints: Sequence[Point], ribbons: Ribbons) -> None:
        """Start a trace and hold on to its ribbons."""
        before = set(map(id, self._session.traces.running))
        self._session.trace(waypoints)
        for running in self._session.traces.running:
            if id(running) not in before:
                self._known.append((running, ribbons))

    def forget_ended(self) -> None:
        """Let go of the ribbons of traces that are over."""
        running = self._session.traces.running
        self._known = [held for held in self._known if held[0] in running]

    @property
    def ribbons(self) -> tuple[LivePath, ...]:
        """Ribbons to draw."""
        return tuple(
            ribbon
            for running, ribbons in self._known
            if running in self._here
            for ribbon in ribbons
            if ribbon is not None
        )

    @property
    def lines(self) -> tuple[tuple[Point, ...], ...]:
        """Lines to draw where there is no ribbon, and each click as a line of one point."""
        lines: list[tuple[Point, ...]] = []
        for running in self._here:
            ribbons = next((r for known, r in self._known if known is running), ())
            if not any(ribbons):
                lines.append(running.waypoints)
                continue
            steps = zip_longest(pairwise(running.waypoints), ribbons)
            lines += [ends for ends, ribbon in steps if ribbon is None]
            lines += [(point,) for point in running.waypoints]
        return tuple(lines)

    @property
    def _here(self) -> list[RunningTrace]:
        session = self._session
        return [r for r in session.traces.running if r.entry is session.current]
