"""Points per second and bytes per point of the eikonal solver, against scikit-fmm.

    python tests/benchmarks/march_scaling.py [--millions 1 3 10 30] [--rounds 3]

Each size is a box of positions and 32 orientations with a rough cost, solved whole: by both queues
of the anisotropic march, their stencils included, and by scikit-fmm's isotropic `travel_time` on
the same grid. The rounds are interleaved, and the shortest processor time of each is taken.
scikit-fmm is left out beyond 10 million points, where it needs several GB.
"""

import argparse
import sys
import time

import numpy as np
import skfmm

from geodesic.fast_marching import DistanceMap
from geodesic.metric import LeftInvariantMetric

LAYERS = 32
QUEUES = ("exact", "approximate")
SKFMM_LIMIT = 10_000_000


def rough_cost(points: int) -> np.ndarray:
    """Uniform noise in 0.05 to 1 on a square box of about that many points."""
    edge = round((points / LAYERS) ** 0.5)
    rng = np.random.default_rng(0)
    return rng.uniform(0.05, 1.0, (edge, edge, LAYERS)).astype(np.float32)


def solve(cost: np.ndarray, queue: str) -> tuple[float, float]:
    """Seconds of processor time, and bytes per point beside the cost."""
    begin = time.process_time()
    metric = LeftInvariantMetric(0.1, 0.1, LAYERS, False)
    distances = DistanceMap(cost.shape[:2], metric, cost, queue=queue)
    distances.seed(cost.shape[0] // 2, cost.shape[1] // 2)
    distances.run()
    return time.process_time() - begin, distances.nbytes / cost.size


def solve_isotropic(cost: np.ndarray) -> float:
    """Seconds of scikit-fmm on the same grid."""
    phi = np.ones(cost.shape)
    phi[cost.shape[0] // 2, cost.shape[1] // 2, LAYERS // 2] = -1
    speed = 1.0 / cost.astype(np.float64)
    begin = time.process_time()
    skfmm.travel_time(phi, speed)
    return time.process_time() - begin


def main() -> int:
    """Print one line per size."""
    parser = argparse.ArgumentParser(description="Speed and memory of the eikonal solver.")
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 3, 10, 30])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    solve(rough_cost(20_000), "exact")
    print("points   queue        seconds  points/s  bytes/point  times scikit-fmm", flush=True)
    for millions in arguments.millions:
        cost = rough_cost(int(millions * 1e6))
        times = dict.fromkeys(QUEUES, np.inf)
        memory = dict.fromkeys(times, 0.0)
        is_compared = cost.size <= 1.05 * SKFMM_LIMIT
        reference = np.inf if is_compared else np.nan
        for _ in range(arguments.rounds):
            if is_compared:
                reference = min(reference, solve_isotropic(cost))
            for queue in QUEUES:
                seconds, memory[queue] = solve(cost, queue)
                times[queue] = min(times[queue], seconds)
        for queue, seconds in times.items():
            print(
                f"{cost.size / 1e6:5.1f} M  {queue:11s} {seconds:8.2f}  "
                f"{cost.size / seconds / 1e6:5.2f} M  {memory[queue]:11.2f}  "
                f"{seconds / reference:16.2f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
