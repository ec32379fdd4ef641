"""The exports as the dialog lists them: what each is for, and the panel of its options."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.dialogs.export_panels import (
    CocoPanel,
    CsbImagesPanel,
    LabelmePanel,
    MasksPanel,
    MeasurementsPanel,
    OptionsPanel,
    StatesPanel,
)
from annotator.dialogs.patch_panel import PatchPanel


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name in the list, a sentence on it, and its options."""

    title: str
    text: str
    panel: type[OptionsPanel]


FORMATS: Mapping[str, Format] = {
    "csb-images": Format(
        "CSB data set",
        "Whole photographs in the layout of the CSB data set, with the JSON of their cracks and "
        "PNG masks, split into training and test.",
        CsbImagesPanel,
    ),
    "csb-patches": Format(
        "Patch data set",
        "Square patches with masks in a chosen ratio of crack to background, split by photograph, "
        "with a manifest and a contact sheet. The same seed gives the same patches.",
        PatchPanel,
    ),
    "masks": Format(
        "Masks", "Each photograph with its mask as PNG, under the same name.", MasksPanel
    ),
    "coco": Format(
        "COCO", "The photographs and one JSON file with every crack and every box.", CocoPanel
    ),
    "labelme": Format(
        "labelme", "Each photograph with a JSON file that labelme opens.", LabelmePanel
    ),
    "predecessor": Format(
        "Crack segmentation tool",
        "Each photograph with the JSON that the predecessor of this program reads.",
        StatesPanel,
    ),
    "measurements": Format(
        "Measurements",
        "Tables of the length and the width of every crack, without photographs.",
        MeasurementsPanel,
    ),
}
"""Formats by the names of the exporters, in the order of the list."""
