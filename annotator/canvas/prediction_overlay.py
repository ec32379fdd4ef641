"""Keeps prediction, divider and candidates on the canvas in step with the session."""

from math import ceil, floor

from PySide6.QtCore import QEvent, QObject, QRectF

from annotator.canvas.candidates_item import CandidatesItem
from annotator.canvas.prediction_item import Layer, PredictionItem
from annotator.canvas.scene import CanvasScene
from annotator.canvas.swipe_handle import SwipeHandle
from annotator.canvas.view import CanvasView
from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.session import Session
from annotator.session.prediction_display import PHOTOGRAPH
from annotator.workers.prediction_work import ShownPrediction

NOT_THERE = "{}: not predicted"
FRAME = 3
"""Image pixels around a tile that are painted anew with it: cells of coarse levels reach beyond."""


class PredictionOverlay(QObject):
    """The layer of predictions."""

    def __init__(self, session: Session, scene: CanvasScene, view: CanvasView) -> None:
        super().__init__(view)
        self._session = session
        self._scene = scene
        self._view = view
        self._predictions = predictions = session.predictions
        self.item = PredictionItem()
        self.candidates = CandidatesItem()
        self.handle = SwipeHandle(view)
        for item in (self.item, self.candidates):
            scene.addItem(item)
        predictions.changed.connect(self._follow)
        predictions.threshold_changed.connect(self._show_layers)
        predictions.display.changed.connect(self._follow)
        predictions.tiles_arrived.connect(self._on_tile)
        self.handle.moved.connect(lambda share: predictions.display.change(divider=share))
        session.image_shown.connect(self._on_image_shown)
        session.document_changed.connect(self._on_document_changed)
        session.review.changed.connect(self._show_candidates)
        scene.overlay_changed.connect(self._follow)
        view.part_changed.connect(self._on_part_changed)
        view.installEventFilter(self)
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the canvas."""
        if event.type() == QEvent.Type.Resize:
            self._place_handle()
        return super().eventFilter(watched, event)

    def _on_image_shown(self) -> None:
        self._look()
        self._follow()

    def _on_document_changed(self, entry: ImageEntry, change: Change) -> None:
        if entry is self._session.current and change.are_candidates_changed:
            self._show_candidates()

    def _on_part_changed(self) -> None:
        """Tell what is in view; a divider stays where it is while the image moves below it."""
        self._look()
        if self._predictions.display.look.is_swiping:
            self.item.update()
            self.candidates.update()

    def _look(self) -> None:
        part = self._view.part_in_view & self._view.image_rect
        if not part.isEmpty():
            edges = (part.left(), part.top(), part.right(), part.bottom())
            x0, y0, x1, y1 = edges
            self._predictions.look_at((floor(x0), floor(y0), ceil(x1), ceil(y1)))

    def _on_tile(self, box: tuple[int, int, int, int]) -> None:
        x0, y0, x1, y1 = box
        around = FRAME + 2 / max(self._view.transform().m11(), 1e-3)
        rect = QRectF(x0, y0, x1 - x0, y1 - y0)
        self.item.update(rect.adjusted(-around, -around, around, around))

    def _follow(self) -> None:
        look = self._predictions.display.look
        self._show_layers()
        is_hidden = self._scene.is_hidden
        self.item.setVisible(not is_hidden)
        self._place_handle()
        self.handle.set_shown(look.is_swiping and not is_hidden and self._is_image_shown)
        self._show_candidates()

    def _show_layers(self) -> None:
        predictions = self._predictions
        look = predictions.display.look
        compared = None if look.compared == PHOTOGRAPH else predictions.other
        self.item.show(self._layer(predictions.shown), self._layer(compared), look)

    @property
    def _is_image_shown(self) -> bool:
        return self._session.image is not None

    def _layer(self, prediction: ShownPrediction | None) -> Layer | None:
        entry = self._session.current
        if prediction is None or prediction.entry is not entry or not self._is_image_shown:
            return None
        threshold = self._predictions.threshold_of(prediction.model_key)
        boxes = None if prediction.is_complete else prediction.boxes
        return Layer(prediction.pyramid, threshold, boxes)

    def _place_handle(self) -> None:
        look = self._predictions.display.look
        divider = look.divider * self._view.viewport().width()
        self.candidates.set_divider(divider if look.is_swiping else None)
        if not look.is_swiping:
            return
        self.item.set_divider(divider)
        chosen = self._predictions.chosen_model
        left = chosen.name if chosen else ""
        other = self._predictions.find_model(look.compared)
        right = "Photograph" if look.compared == PHOTOGRAPH else other.name if other else ""
        names = [
            name if found else NOT_THERE.format(name)
            for name, found in (
                (left, self._predictions.shown is not None),
                (right, look.compared == PHOTOGRAPH or self._predictions.other is not None),
            )
        ]
        self.handle.follow(look.divider, *names)

    def _show_candidates(self) -> None:
        """Draw what is proposed, but the one that the review shows in its own way."""
        entry, review = self._session.current, self._session.review
        content = entry.content if entry and self._is_image_shown else None
        look = self._predictions.display.look
        is_shown = look.are_candidates_shown and not self._scene.is_hidden
        current = review.current if review.stage == "candidate" else None
        shown = [
            candidate
            for candidate in (content.candidates if content else ())
            if not candidate.is_decided and candidate is not current
        ]
        self.candidates.set_candidates(shown, self._scene.image_rect)
        self.candidates.setVisible(is_shown)
