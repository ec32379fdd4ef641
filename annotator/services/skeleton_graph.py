"""Branches of a skeleton, cleaned of noise and joined into courses, each of them one crack."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from annotator.services.pixel_lookup import Indices, Pixels
from annotator.services.skeleton_branches import branches

SPUR_LENGTH = 8.0
"""A side branch that stands out of the crack by less, in px, is noise of the outline."""
SPUR_RADII = 2.0
"""The same in half-widths of the crack at the junction."""
LOOP_LENGTH = 40.0
"""The two ways round a hole are one crack where they are together shorter, in px."""
CROSSING_RADII = 2.0
"""Two forks nearer than this, in half-widths of the crack, are one crossing at a sharp angle."""
STRAIGHT_ON = float(np.deg2rad(55.0))
"""Two branches that meet at a junction are one crack if it turns there by less."""

_End = tuple[int, int]
"""A branch and 0 for its first or 1 for its last pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """Pixels of a skeleton: ``points`` (n, 2) as (x, y), ``radius`` of the mask at each of them."""

    points: Pixels
    radius: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Pixel numbers of a crack in their order.

    ``is_free`` tells for both ends whether the crack ends there; if not, it meets another.
    """

    pixels: Indices
    is_free: tuple[bool, bool]


@dataclass(slots=True, eq=False)
class _Branch:
    pixels: Indices
    length: float
    junctions: list[int]
    """Junctions at the first and at the last pixel; free ends count as junctions."""


def courses(skeleton: Skeleton) -> list[Course]:
    """Return the courses of a skeleton; each part of it that hangs together keeps at least one."""
    graph = _Graph(skeleton)
    graph.prune_spurs()
    graph.contract_crossings()
    graph.drop_small_loops()
    return list(graph.joined())


class _Graph:
    """Branches by number; ``_at`` lists the branch ends that meet at a junction."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._branches: dict[int, _Branch] = {}
        self._at: defaultdict[int, list[_End]] = defaultdict(list)
        for number, pixels in enumerate(branches(skeleton.points)):
            ends = [int(pixels[0]), int(pixels[-1])]
            self._branches[number] = _Branch(pixels, self._length(pixels), ends)
            self._attach(number)

    def prune_spurs(self) -> None:
        """Remove branches that end freely and hardly stand out of the crack, shortest first."""
        while spurs := self._spurs():
            touched: set[int] = set()
            for number, branch in spurs:
                # What met a spur is a longer branch now, or may be: judged in the next round.
                is_as_judged = self._branches.get(number) is branch
                if is_as_judged and not touched & set(branch.junctions):
                    touched |= set(branch.junctions)
                    self._remove(number)

    def contract_crossings(self) -> None:
        """Unite junctions within the width of the crack: the two forks of one crossing."""
        for number in self._by_length():
            branch = self._branches.get(number)
            if branch is None or branch.junctions[0] == branch.junctions[1]:
                continue
            reach = max(self._skeleton.radius[branch.pixels[[0, -1]]].sum(), 2.0)
            is_inner = all(len(self._at[junction]) > 1 for junction in branch.junctions)
            if is_inner and branch.length <= CROSSING_RADII * reach:
                self._contract(number)

    def drop_small_loops(self) -> None:
        """Remove small loops, and the longer one of two branches round a small hole."""
        for number in reversed(self._by_length()):
            branch = self._branches.get(number)
            if branch is not None and self._is_small_loop(number, branch):
                self._remove(number)

    def joined(self) -> Iterator[Course]:
        """Yield the branches joined over their junctions, each branch in one course."""
        partner: dict[_End, _End] = {}
        for ends in self._at.values():
            for one, other in self._pairs(ends):
                partner[one], partner[other] = other, one
        seen: set[int] = set()
        starts = [(n, side) for n in self._branches for side in (0, 1) if (n, side) not in partner]
        # What is left after these is closed: any of its ends will do.
        for start in [*starts, *((n, 0) for n in self._branches)]:
            if start[0] not in seen:
                yield self._course(start, partner, seen)

    def _course(self, start: _End, partner: dict[_End, _End], seen: set[int]) -> Course:
        parts: list[Indices] = []
        end: _End | None = start
        last = start
        while end is not None and end[0] not in seen:
            seen.add(end[0])
            parts.append(self._from(end))
            last = (end[0], 1 - end[1])
            end = partner.get(last)
        pixels = np.concatenate(parts)
        is_new = np.concatenate(([True], np.diff(pixels) != 0))
        return Course(pixels[is_new], (self._is_free(start), self._is_free(last)))

    def _is_free(self, end: _End) -> bool:
        branch = self._branches[end[0]]
        return len(branch.pixels) == 1 or len(self._at[branch.junctions[end[1]]]) == 1

    def _pairs(self, ends: list[_End]) -> Iterator[tuple[_End, _End]]:
        """Yield the ends that go straight on into each other, the straightest first."""
        if len(ends) < 2:
            return
        headings = {end: self._heading(end) for end in ends}
        turns = sorted(
            (float(np.arccos(np.clip(-headings[one] @ headings[other], -1, 1))), one, other)
            for one, other in combinations(ends, 2)
            if one[0] != other[0]
        )
        limit = np.pi if len(ends) == 2 else STRAIGHT_ON
        taken: set[_End] = set()
        for turn, one, other in turns:
            if turn <= limit and not {one, other} & taken:
                taken |= {one, other}
                yield one, other

    def _heading(self, end: _End) -> NDArray[np.float64]:
        """Return the direction in which a branch leaves its junction, seen from outside of it."""
        pixels = self._from(end)
        radius = int(self._skeleton.radius[pixels[0]])
        near = min(radius, len(pixels) // 3)
        far = min(near + max(10, 2 * radius), len(pixels) - 1)
        start, stop = self._skeleton.points[pixels[[near, far]]]
        way = (stop - start).astype(np.float64)
        return way / max(float(np.hypot(*way)), 1e-9)

    def _spurs(self) -> list[tuple[int, _Branch]]:
        """Return the branches to prune, shortest first."""
        excess = {number: self._excess(branch) for number, branch in self._branches.items()}
        chosen = sorted((n for n, value in excess.items() if value < 0), key=excess.__getitem__)
        return [(number, self._branches[number]) for number in chosen]

    def _excess(self, branch: _Branch) -> float:
        """Return by how much a spur is longer than noise; infinity for what is no spur."""
        degrees = [len(self._at[junction]) for junction in branch.junctions]
        if min(degrees) != 1 or max(degrees) < 3:
            return np.inf
        root = branch.pixels[0] if degrees[0] > 1 else branch.pixels[-1]
        radius = float(self._skeleton.radius[root])
        return branch.length - radius - max(SPUR_LENGTH, SPUR_RADII * radius)

    def _is_small_loop(self, number: int, branch: _Branch) -> bool:
        one, other = branch.junctions
        if one == other:
            return len(self._at[one]) > 2 and branch.length < LOOP_LENGTH
        twins = (
            self._branches[twin]
            for twin, _ in self._at[one]
            if twin != number and set(self._branches[twin].junctions) == {one, other}
        )
        return any(
            twin.length <= branch.length and twin.length + branch.length < LOOP_LENGTH
            for twin in twins
        )

    def _by_length(self) -> list[int]:
        return sorted(self._branches, key=lambda number: self._branches[number].length)

    def _length(self, pixels: Indices) -> float:
        return float(np.hypot(*np.diff(self._skeleton.points[pixels], axis=0).T).sum())

    def _from(self, end: _End) -> Indices:
        """Return the pixels of a branch starting at one of its ends."""
        pixels = self._branches[end[0]].pixels
        return pixels if end[1] == 0 else pixels[::-1]

    def _attach(self, number: int) -> None:
        for side, junction in enumerate(self._branches[number].junctions):
            self._at[junction].append((number, side))

    def _detach(self, number: int) -> _Branch:
        for side, junction in enumerate(self._branches[number].junctions):
            self._at[junction].remove((number, side))
        return self._branches.pop(number)

    def _remove(self, number: int) -> None:
        for junction in set(self._detach(number).junctions):
            self._merge_at(junction)

    def _contract(self, number: int) -> None:
        kept, dissolved = self._detach(number).junctions
        for end in self._at.pop(dissolved):
            self._branches[end[0]].junctions[end[1]] = kept
            self._at[kept].append(end)
        self._merge_at(kept)

    def _merge_at(self, junction: int) -> None:
        """Make one branch of the only two that meet at a junction."""
        ends = self._at[junction]
        if len(ends) != 2 or ends[0][0] == ends[1][0]:
            return
        one, other = ends
        head, tail = self._from(one)[::-1], self._from(other)
        if head[-1] == tail[0]:
            tail = tail[1:]
        pixels = np.concatenate((head, tail))
        first, second = self._detach(one[0]), self._detach(other[0])
        junctions = [first.junctions[1 - one[1]], second.junctions[1 - other[1]]]
        self._branches[one[0]] = _Branch(pixels, self._length(pixels), junctions)
        self._attach(one[0])
