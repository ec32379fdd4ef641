"""Exports of a project: each into a fresh folder, whole and read back, or nothing at all.

`frame` writes and verifies, `selection` chooses images, `naming` and `image_files` name and place
photographs. `data_set` and `splits` belong to the sets for training, `patch_composer` answers what
a set of patches will hold before it is written.
"""

from annotator.exporters.coco import CocoOptions, export_coco
from annotator.exporters.csb_images import CsbImagesOptions, export_csb_images
from annotator.exporters.csb_patches import CsbPatchesOptions, export_csb_patches
from annotator.exporters.frame import Exporter
from annotator.exporters.labelme import LabelmeOptions, export_labelme
from annotator.exporters.mask_pairs import MaskPairsOptions, export_mask_pairs
from annotator.exporters.measurements import MeasurementsOptions, export_measurements
from annotator.exporters.predecessor import PredecessorOptions, export_predecessor

EXPORTERS: dict[str, Exporter] = {
    "csb-images": Exporter("CSB data set, whole images", CsbImagesOptions, export_csb_images),
    "csb-patches": Exporter("CSB data set, patches", CsbPatchesOptions, export_csb_patches),
    "masks": Exporter("Photographs and masks", MaskPairsOptions, export_mask_pairs),
    "coco": Exporter("COCO", CocoOptions, export_coco),
    "labelme": Exporter("labelme", LabelmeOptions, export_labelme),
    "predecessor": Exporter("JSON of the predecessor", PredecessorOptions, export_predecessor),
    "measurements": Exporter("Measurements, CSV", MeasurementsOptions, export_measurements),
}
"""Exports by the name that the command line knows them by."""
