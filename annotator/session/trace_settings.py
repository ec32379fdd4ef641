"""The parameters of the next trace, or of the traced cracks that are selected."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from annotator.document.crack import Crack
from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.services.trace_choices import TraceChoices, plain_value
from annotator.workers.trace_work import TraceOptions

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session

RETRACE_DELAY_MS = 350
"""A value that is still being turned up is not traced with."""

APPEARANCE = ("polarity", "channel")
"""What these say is seen in the image; a preset has no opinion on it."""


class Mixed:
    """Stands for a value in which the selected cracks differ."""

    def __repr__(self) -> str:
        return "MIXED"


MIXED: Final = Mixed()
CUSTOM = ""
"""The preset of parameters that are no preset's."""


class TraceSettings(QObject):
    """One face for both: without traced cracks selected it sets what holds for the next traces.

    With some selected it shows their parameters, and a change traces them anew, a moment after the
    last one.
    """

    changed = Signal()
    """Values or subject are others."""
    learned = Signal()
    """The engine is loaded: the choices are known."""

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._session = session
        self._choices = TraceChoices()
        self._wanted: dict[str, dict[str, Any]] = {}
        """Parameters that cracks are to be traced anew with, until that is done."""
        self._delay = QTimer(self, singleShot=True, interval=RETRACE_DELAY_MS)
        self._delay.timeout.connect(self._retrace)
        session.selection.changed.connect(self.changed)
        session.document_changed.connect(self._on_edit)
        session.project_changed.connect(self.changed)
        session.traces.changed.connect(self._on_traces_changed)
        session.image_shown.connect(self._forget)

    @property
    def choices(self) -> TraceChoices:
        """What can be chosen."""
        return self._choices

    def learn(self, choices: TraceChoices) -> None:
        """Take over what the engine offers."""
        self._choices = choices
        if self._session.options.preset not in choices.presets:  # remembered from another version
            self.set_next_preset(self._first_preset)
        self.learned.emit()
        self.changed.emit()

    @property
    def cracks(self) -> list[Crack]:
        """Traced cracks that are selected; where there are none, the next trace is meant."""
        return [crack for crack in self._session.selection.cracks if crack.path]

    @property
    def heading(self) -> str:
        """Say whose parameters these are."""
        count = len(self.cracks)
        if not count:
            return "Next cracks"
        return "Selected crack" if count == 1 else f"{count} selected cracks"

    @property
    def is_locked(self) -> bool:
        """Whether nothing that is selected may be changed."""
        cracks = self.cracks
        return bool(cracks) and all(crack.is_locked for crack in cracks)

    @property
    def values(self) -> dict[str, Any]:
        """Value of each parameter; MIXED where the selected cracks differ."""
        cracks = self.cracks
        if not cracks:
            return self._next_values()
        each = [self._values_of(crack) for crack in cracks]
        names = [info.name for info in self._choices.parameters]
        return {name: each[0].get(name) if _is_same(name, each) else MIXED for name in names}

    @property
    def preset(self) -> str | Mixed:
        """Name of the preset that the values are those of, CUSTOM, or MIXED."""
        cracks = self.cracks
        if not cracks:
            return self._session.options.preset
        found = {self._preset_of(self._values_of(crack)) for crack in cracks}
        return found.pop() if len(found) == 1 else MIXED

    @property
    def is_default(self) -> bool:
        """Whether there is nothing to reset."""
        if self.cracks:
            return self.preset == self._first_preset
        return self._session.options == TraceOptions(self._first_preset)

    @property
    def options(self) -> TraceOptions:
        """Options for something that needs one value each: those of the first crack selected."""
        cracks = self.cracks
        return TraceOptions.of(self._values_of(cracks[0])) if cracks else self._session.options

    def set_value(self, name: str, value: Any) -> None:
        """Set a parameter."""
        self._set({name: value})

    def set_preset(self, name: str) -> None:
        """Take all parameters from a preset, except what is seen in the image."""
        if self.cracks:
            self._set(_without_appearance(self._choices.presets[name]))
        else:
            self.set_next_preset(name)

    def set_next_preset(self, name: str) -> None:
        """Take a preset for the next traces, whatever is selected."""
        kept = tuple(item for item in self._session.options.overrides if item[0] in APPEARANCE)
        self._session.options = TraceOptions(name, kept)
        self.changed.emit()

    def reset(self) -> None:
        """Go back to the default."""
        if self.cracks:
            self._set(self._choices.presets[self._first_preset])
        else:
            self._session.options = TraceOptions(self._first_preset)
            self.changed.emit()

    @property
    def _first_preset(self) -> str:
        return next(iter(self._choices.presets))

    def _next_values(self) -> dict[str, Any]:
        options = self._session.options
        return {**self._choices.presets.get(options.preset, {}), **dict(options.overrides)}

    def _values_of(self, crack: Crack) -> dict[str, Any]:
        known = {name: plain_value(value) for name, value in crack.course.parameters.items()}
        defaults = self._choices.presets[self._first_preset]
        return {**defaults, **known, **self._wanted.get(crack.identifier, {})}

    def _preset_of(self, values: Mapping[str, Any]) -> str:
        seen = _without_appearance(values)
        for name, preset in self._choices.presets.items():
            if _without_appearance(preset) == seen:
                return name
        return CUSTOM

    def _set(self, new: Mapping[str, Any]) -> None:
        if self.cracks:
            for crack in self.cracks:
                old = self._values_of(crack)
                if not crack.is_locked and {**old, **new} != old:
                    self._wanted[crack.identifier] = {**old, **new}
            if self._wanted:
                self._delay.start()
        else:
            preset = self._choices.presets.get(self._session.options.preset, {})
            values = {**dict(self._session.options.overrides), **new}
            overrides = ((k, v) for k, v in values.items() if preset.get(k) != v)
            self._session.options = TraceOptions(self._session.options.preset, tuple(overrides))
        self.changed.emit()

    def _on_edit(self, entry: ImageEntry, _change: Change) -> None:
        """Follow edits of the image shown, of which cracks may be selected; not those of others."""
        if entry is self._session.current:
            self.changed.emit()

    def _retrace(self) -> None:
        """Trace anew with what is wanted."""
        wanted = dict(self._wanted)
        content = self._session.current.content if self._session.current else None
        for identifier, parameters in wanted.items():
            crack = content.find_crack(identifier) if content else None
            if crack is not None and crack.path:
                self._session.retrace(crack, options=TraceOptions.of(parameters))
        self._wanted = wanted  # an older trace that gave way ended meanwhile
        self._on_traces_changed()

    def _on_traces_changed(self) -> None:
        """Forget what was wanted once it is there, or failed."""
        if self._delay.isActive() or not self._wanted:
            return
        traces = self._session.traces
        self._wanted = {k: v for k, v in self._wanted.items() if traces.replacing(k)}
        self.changed.emit()

    def _forget(self) -> None:
        self._delay.stop()
        self._wanted.clear()
        self.changed.emit()


def _is_same(name: str, each: list[dict[str, Any]]) -> bool:
    return all(values.get(name) == each[0].get(name) for values in each)


def _without_appearance(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in APPEARANCE}
