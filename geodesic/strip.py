"""Straightened strips: sampling along the normals of a curve and minimal paths through them.

A strip has one row per sample of the curve and one column per signed offset along the normal.
Kernels only; they trust their arguments.
"""

# ruff: noqa: ANN001, ANN201, ANN202 - numba infers the types of the kernels

import numpy as np

from geodesic._jit import njit


@njit
def sample_strip(image, points, normals, steps, half_columns):
    """Sample an image on normals by bilinear interpolation, replicating its border.

    Row i, column k holds the image at ``points[i] + (k - half_columns) * steps[i] * normals[i]``.
    """
    height, width = image.shape
    rows = points.shape[0]
    columns = 2 * half_columns + 1
    strip = np.empty((rows, columns), np.float32)
    for i in range(rows):
        for k in range(columns):
            offset = (k - half_columns) * steps[i]
            x = min(max(points[i, 0] + offset * normals[i, 0], 0.0), width - 1.0)
            y = min(max(points[i, 1] + offset * normals[i, 1], 0.0), height - 1.0)
            x0 = min(int(x), max(width - 2, 0))
            y0 = min(int(y), max(height - 2, 0))
            x1 = min(x0 + 1, width - 1)
            y1 = min(y0 + 1, height - 1)
            fx = np.float32(x - x0)
            fy = np.float32(y - y0)
            # Floats before differences: those of unsigned integers would wrap around.
            a, b = np.float32(image[y0, x0]), np.float32(image[y0, x1])
            c, d = np.float32(image[y1, x0]), np.float32(image[y1, x1])
            top = a + fx * (b - a)
            strip[i, k] = top + fy * (c + fx * (d - c) - top)
    return strip


@njit
def filter_rows(strip, kernel):
    """Correlate along the rows' index (along the curve), replicating both ends; odd kernel."""
    rows, columns = strip.shape
    reach = kernel.shape[0] // 2
    out = np.zeros((rows, columns), np.float32)
    for i in range(rows):
        for t in range(-reach, reach + 1):
            j = min(max(i + t, 0), rows - 1)
            weight = kernel[t + reach]
            for k in range(columns):
                out[i, k] += weight * strip[j, k]
    return out


@njit
def filter_columns(strip, kernel):
    """Correlate along the columns' index (across the curve); valid part only, odd kernel."""
    rows, columns = strip.shape
    taps = kernel.shape[0]
    out = np.zeros((rows, columns - taps + 1), np.float32)
    for i in range(rows):
        for t in range(taps):
            weight = kernel[t]
            for k in range(columns - taps + 1):
                out[i, k] += weight * strip[i, k + t]
    return out


@njit
def _bank_contrasts(total, start, before, after, out):
    """Write the contrast of a left bank at the columns from ``start`` on.

    That is the mean of ``before`` columns ahead of it minus the mean of ``after`` columns past it,
    from running sums with ``total[k]`` = sum of the columns below k.
    """
    number = out.shape[0]
    # Slices keep the indices below free of Python's wrap-around, so that the loop vectorizes.
    ahead = total[start - before : start - before + number]
    here = total[start : start + number]
    following = total[start + 1 : start + 1 + number]
    past = total[start + 1 + after : start + 1 + after + number]
    weight_before = 1.0 / before
    weight_after = 1.0 / after
    for k in range(number):
        out[k] = (here[k] - ahead[k]) * weight_before - (past[k] - following[k]) * weight_after


@njit
def contrast_levels(strip, inner, flank, row_step, column_step):
    """Return a robust standard deviation of the bank contrast for each pair of lengths.

    The contrast at a column is the mean of ``flank[j]`` columns before it minus the mean of
    ``inner[j]`` columns after it. Every ``row_step``-th row and ``column_step``-th column is used.
    The median is blind to the crack, whose banks are a minority of the columns.
    """
    rows, columns = strip.shape
    count = inner.shape[0]
    used = (rows + row_step - 1) // row_step
    values = np.empty((count, used * (columns // column_step + 1)), np.float32)
    number = np.zeros(count, np.int64)
    total = np.zeros(columns + 1)
    contrast = np.empty(columns)
    for i in range(0, rows, row_step):
        for k in range(columns):
            total[k + 1] = total[k] + strip[i, k]
        for j in range(count):
            valid = contrast[: columns - inner[j] - flank[j]]
            _bank_contrasts(total, flank[j], flank[j], inner[j], valid)
            for k in range(0, valid.shape[0], column_step):
                values[j, number[j]] = valid[k]
                number[j] += 1
    levels = np.zeros(count)
    for j in range(count):
        found = values[j, : number[j]]
        levels[j] = 1.4826 * np.median(np.abs(found - np.median(found)))
    return levels


@njit
def band_scores(strip, inner, flank, levels, reach, limit):
    """Return the evidence for a dark band at each row, scale j and center.

    Centers run over the middle column +- ``reach``. With the contrasts a, b of the left and right
    bank in units of ``levels[j]``, each compressed to stay below ``limit``, the evidence is
    ``a + b - |a - b| / 2``: a band needs both banks, a step of the background has one.
    """
    rows, columns = strip.shape
    first = columns // 2 - reach
    number = 2 * reach + 1
    count = inner.shape[0]
    out = np.empty((rows, count, number), np.float32)
    total = np.zeros(columns + 1)
    left = np.empty(number)
    right = np.empty(number)
    for i in range(rows):
        for k in range(columns):
            total[k + 1] = total[k] + strip[i, k]
        for j in range(count):
            half = inner[j]
            _bank_contrasts(total, first - half, flank[j], half, left)
            _bank_contrasts(total, first + half, half, flank[j], right)
            scale = 1.0 / levels[j]
            row = out[i, j]
            for k in range(number):
                a = left[k] * scale
                b = -right[k] * scale
                a /= 1.0 + abs(a) / limit
                b /= 1.0 + abs(b) / limit
                row[k] = a + b - 0.5 * abs(a - b)
    return out


@njit
def best_band(scores, prior, shift_penalty, scale_penalty):
    """Return the path of (scale, center) indices with the highest penalized sum of scores.

    ``scores`` is (rows, scales, centers); ``prior`` (scales, centers) is added in every row, and
    states whose prior is -inf are left out. From row to row the center may move by at most 2 and
    the scale by at most 1 index, at quadratic penalties.
    """
    rows, scales, centers = scores.shape
    low = np.float32(-1e30)
    moves = np.zeros((rows, scales, centers), np.int8)
    value = np.empty((scales, centers), np.float32)
    shifted = np.empty((scales, centers), np.float32)
    shift = np.zeros((scales, centers), np.int8)
    for j in range(scales):
        for k in range(centers):
            value[j, k] = max(scores[0, j, k] + prior[j, k], low)
    for i in range(1, rows):
        for j in range(scales):
            for k in range(centers):
                best = value[j, k]
                move = 0
                for m in range(-2, 3):
                    if m != 0 and 0 <= k + m < centers:
                        candidate = value[j, k + m] - np.float32(shift_penalty * m * m)
                        if candidate > best:
                            best = candidate
                            move = m
                shifted[j, k] = best
                shift[j, k] = move
        for j in range(scales):
            for k in range(centers):
                best = shifted[j, k]
                step = 0
                if j > 0 and shifted[j - 1, k] - scale_penalty > best:
                    best = shifted[j - 1, k] - np.float32(scale_penalty)
                    step = -1
                if j + 1 < scales and shifted[j + 1, k] - scale_penalty > best:
                    best = shifted[j + 1, k] - np.float32(scale_penalty)
                    step = 1
                moves[i, j, k] = 5 * (step + 1) + shift[j + step, k] + 2
                value[j, k] = max(best + scores[i, j, k] + prior[j, k], low)
    path = np.zeros((rows, 2), np.int64)
    best = low
    for j in range(scales):
        for k in range(centers):
            if value[j, k] > best:
                best = value[j, k]
                path[rows - 1, 0] = j
                path[rows - 1, 1] = k
    for i in range(rows - 1, 0, -1):
        j = path[i, 0]
        k = path[i, 1]
        move = moves[i, j, k]
        path[i - 1, 0] = j + move // 5 - 1
        path[i - 1, 1] = k + move % 5 - 2
    return path


@njit
def cheapest_column_path(cost, jump_penalty, reach):
    """Return the column of each row on the cheapest path from the first to the last row.

    Both ends are free; a move by m <= reach columns costs ``jump_penalty * m**2``.
    """
    rows, columns = cost.shape
    moves = np.zeros((rows, columns), np.int8)
    value = cost[0].copy()
    previous = np.empty_like(value)
    for i in range(1, rows):
        previous[:] = value
        for k in range(columns):
            best = previous[k]
            move = 0
            for m in range(-reach, reach + 1):
                if m != 0 and 0 <= k + m < columns:
                    candidate = previous[k + m] + np.float32(jump_penalty * m * m)
                    if candidate < best:
                        best = candidate
                        move = m
            moves[i, k] = move
            value[k] = best + cost[i, k]
    path = np.zeros(rows, np.int64)
    path[rows - 1] = np.argmin(value)
    for i in range(rows - 1, 0, -1):
        path[i - 1] = path[i] + moves[i, path[i]]
    return path


@njit
def row_noise(response, points, normals, step, shape, stride):
    """Return 1.48 * median |response| per row over every stride-th column in the image.

    The median makes it blind to the crack itself, whose banks are a minority of the columns.
    """
    rows, columns = response.shape
    middle = columns // 2
    buffer = np.empty(columns, np.float32)
    noise = np.zeros(rows)
    for i in range(rows):
        count = 0
        for k in range(0, columns, stride):
            x = points[i, 0] + (k - middle) * step * normals[i, 0]
            y = points[i, 1] + (k - middle) * step * normals[i, 1]
            if 0 <= x <= shape[1] - 1 and 0 <= y <= shape[0] - 1:
                buffer[count] = abs(response[i, k])
                count += 1
        if count > 0:
            noise[i] = 1.4826 * np.median(buffer[:count])
    return noise
