"""Pareto fronts, hypervolume and shortfall of a few thousand points, all axes to be minimized; not
ours, so that the check of a certificate shares no code with it."""

import numpy as np


def on_front(points, index):
    """Whether no other point is as good everywhere and better somewhere."""
    point = points[index]
    return not ((points <= point).all(axis=1) & (points < point).any(axis=1)).any()


def front_of(points):
    """A flag for each point; of equal ones all are on the front."""
    order = np.lexsort(points.T[::-1])  # whatever dominates a point comes before it
    flags = np.zeros(len(points), dtype=bool)
    kept = np.empty((0, points.shape[1]))
    for index in order:
        point = points[index]
        if not ((kept <= point).all(axis=1) & (kept < point).any(axis=1)).any():
            flags[index] = True
            kept = np.vstack([kept, point])
    return flags


def hypervolume(points, low, high):
    """The share of the box from `low` to `high` that three-dimensional points dominate."""
    unit = np.clip((points - low) / (high - low), 0, 1)
    unit = unit[np.argsort(unit[:, 2])]
    ends = np.append(unit[1:, 2], 1.0)
    return sum(area(unit[: k + 1, :2]) * (ends[k] - unit[k, 2]) for k in range(len(unit)))


def area(points):
    """What two-dimensional points dominate below (1, 1)."""
    points = points[np.argsort(points[:, 0])]
    widths = np.append(points[1:, 0], 1.0) - points[:, 0]
    return float((widths * (1 - np.minimum.accumulate(points[:, 1]))).sum())


def shortfall(found, exact, axis):
    """The most by which one of `exact` is better on this axis than every one of `found` that is as
    good on all others; those without such a one are left out."""
    others = [other for other in range(exact.shape[1]) if other != axis]
    worst = 0.0
    for point in exact:
        covers = (found[:, others] <= point[others]).all(axis=1)
        if covers.any():
            worst = max(worst, found[covers, axis].min() - point[axis])
    return worst
