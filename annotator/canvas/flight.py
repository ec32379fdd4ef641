"""Flights of the view to what is reviewed next, and back to where it was."""

from math import exp, log

from PySide6.QtCore import QEasingCurve, QObject, QTimer, QVariantAnimation

from annotator.canvas.coordinates import box_to_scene
from annotator.canvas.view import CanvasView, Place
from annotator.document.block_raster import Box

FLIGHT_MS = 260
ROOM = 0.62
"""Share of the view that an item may take: what is around it is needed to judge it."""
CLOSEST = 3.0
"""Screen pixels per image pixel to which an item is brought near, unless the user zooms in."""


class ViewFlight(QObject):
    """The view as a review sees it. A zoom that the user chose on the way is kept for what comes.

    Flights begin when the events at hand are done: an image that is shown just now is in view then.
    """

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.is_animated = True
        """Fly, or be there at once."""
        self._view = view
        self._wanted: float | None = None
        """Scale that the user chose."""
        self._target: Place | None = None
        self._from = view.place
        self._animation = QVariantAnimation(self, duration=FLIGHT_MS, startValue=0.0, endValue=1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._animation.valueChanged.connect(self._move)
        self._animation.finished.connect(self._land)
        self._start = QTimer(self, singleShot=True, interval=0)
        self._start.timeout.connect(self._take_off)
        self._request: Box | Place | None = None
        view.zoom_chosen.connect(self._on_zoom)

    @property
    def is_flying(self) -> bool:
        """Tell whether the view is on its way, or about to be."""
        return self._start.isActive() or self._target is not None

    @property
    def place(self) -> Place:
        """What is in view, or will be when the flight ends."""
        if self._start.isActive():
            return self._place_of(self._request)
        return self._target or self._view.place

    def show(self, box: Box | None) -> None:
        """Bring a part of the image into view, or all of it."""
        self._ask(box)

    def go_back(self, place: object) -> None:
        """Bring back what was in view."""
        if isinstance(place, Place):
            self._ask(place)

    def forget_zoom(self) -> None:
        """Choose the zoom by the item again."""
        self._wanted = None

    def _ask(self, request: Box | Place | None) -> None:
        self._request = request
        self._start.start()

    def _take_off(self) -> None:
        self._animation.stop()
        self._from, self._target = self._view.place, self._place_of(self._request)
        if self.is_animated and self._view.isVisible():
            self._animation.start()
        else:
            self._land()

    def _move(self, share: float) -> None:
        """Show what is in view on the way; the middle keeps to the speed of the zoom."""
        if self._target is None:
            return
        begin, end = self._from, self._target
        scale = exp((1 - share) * log(begin.scale) + share * log(end.scale))
        part = share
        if abs(end.scale / begin.scale - 1) > 0.01:
            part = (1 / begin.scale - 1 / scale) / (1 / begin.scale - 1 / end.scale)
        center = begin.center * (1 - part) + end.center * part
        self._view.set_place(Place(center, scale))

    def _land(self) -> None:
        if self._target is not None:
            target, self._target = self._target, None
            self._view.set_place(target)

    def _on_zoom(self) -> None:
        if self._target is not None or self._start.isActive():  # the user takes over
            self._animation.stop()
            self._target = None
        self._wanted = self._view.transform().m11()

    def _place_of(self, request: Box | Place | None) -> Place:
        if isinstance(request, Place):
            return request
        room, image = self._view.viewport().size(), self._view.image_rect
        if request is None or image.isEmpty():
            scale = min(
                room.width() / max(image.width(), 1.0), room.height() / max(image.height(), 1.0)
            )
            return Place(image.center(), max(scale, 1e-3), is_fitted=True)
        rect = box_to_scene(request)
        fitting = ROOM * min(
            room.width() / max(rect.width(), 1.0), room.height() / max(rect.height(), 1.0)
        )
        closest = CLOSEST / self._view.devicePixelRatioF()
        return Place(rect.center(), min(fitting, self._wanted or closest))
