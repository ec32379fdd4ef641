"""Networks in whole numbers of 8 bits, which every processor multiplies several times as fast.

The ranges of the activations are taken from synthetic photographs, so that they are the same
everywhere and need no data.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.data.synthetic import generate, sample_parameters
from segmentation.data.synthetic_parameters import SurfaceName

CALIBRATION_SIDE: Final = 512
CALIBRATION_SURFACES: Final[tuple[SurfaceName, ...]] = ("asphalt", "concrete", "steel")
CALIBRATION_SEEDS: Final = (11, 12)
"""One photograph of each surface for each of these."""


def quantize(source: Path) -> bytes:
    """Return an ONNX model that calculates in 8 bits where `source` does in float32."""
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        """Gives one synthetic photograph after the other."""

        def __init__(self) -> None:
            self._batches = _calibration_batches()

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            batch = next(self._batches, None)
            return None if batch is None else {"images": batch}

    with TemporaryDirectory(prefix="crack-int8-") as folder:
        prepared, result = Path(folder) / "prepared.onnx", Path(folder) / "int8.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        convolutions = [n.name for n in onnx.load(prepared).graph.node if n.op_type == "Conv"]
        quantize_static(
            str(prepared),
            str(result),
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=convolutions[-1:],  # logits in steps would leave rings in the maps
        )
        return result.read_bytes()


def synthetic_batch(surface: SurfaceName, side: int, seed: int) -> NDArray[np.float32]:
    """Return a synthetic photograph with cracks as a batch of one, in [0, 1]."""
    pixels = generate(sample_parameters(surface, side, side, seed=seed)).image
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32) / np.float32(255.0)


def _calibration_batches() -> Iterator[NDArray[np.float32]]:
    for seed in CALIBRATION_SEEDS:
        for surface in CALIBRATION_SURFACES:
            yield synthetic_batch(surface, CALIBRATION_SIDE, seed)
