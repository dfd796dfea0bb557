"""Optimal one-to-one assignment."""

import numpy as np
from scipy.optimize import linear_sum_assignment


def assign(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pair rows with columns, each at most once, so that the sum of their values is the highest possible.

    Args:
        values: float [R, C]; pairs of value 0 or less are never made.

    Returns:
        (rows, columns): int [M] each, rows ascending.
    """
    rows, columns = linear_sum_assignment(np.fmax(values, 0.0), maximize=True)
    paired = values[rows, columns] > 0
    return rows[paired], columns[paired]
