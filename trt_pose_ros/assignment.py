"""Optimal one-to-one assignment, for the small tables of a tracker (scipy is no run-time dependency)."""

import numpy as np


def assign(values):
    """Pair rows with columns, each at most once, so that the sum of their values is the highest.

    Where every row's best column is its own, that is the answer and costs a few microseconds; else the Hungarian
    method by shortest augmenting paths (Jonker and Volgenant 1987).

    Args:
        values: float [R, C]; pairs of value 0 or less are never made.

    Returns:
        (rows, columns): int [M] each.
    """
    rows, columns = values.shape
    if rows == 0 or columns == 0:
        return np.empty(0, int), np.empty(0, int)
    best = values.argmax(axis=1)
    wanted = values[np.arange(rows), best] > 0
    if len(np.unique(best[wanted])) == wanted.sum():
        return np.flatnonzero(wanted), best[wanted]
    # One more column a row, of value 0: staying alone.
    chosen = _shortest_paths(np.hstack([-np.maximum(values, 0), np.zeros((rows, rows))]))
    made = (chosen < columns) & (values[np.arange(rows), np.minimum(chosen, columns - 1)] > 0)
    return np.flatnonzero(made), chosen[made]


def _shortest_paths(costs):
    """int [R]: the column of each row in a cheapest assignment; ``costs`` [R, C] with R <= C."""
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)
    for start in range(rows):
        distance = np.full(columns, np.inf)
        parent = np.empty(columns, int)
        open_ = np.ones(columns, bool)
        row, reached, visited = start, 0.0, []
        while True:
            through = reached + costs[row] - row_price[row] - column_price
            shorter = open_ & (through < distance)
            distance[shorter], parent[shorter] = through[shorter], row
            column = np.where(open_, distance, np.inf).argmin()
            reached = distance[column]
            open_[column] = False
            if owner[column] < 0:
                break
            visited.append(column)
            row = owner[column]
        gain = reached - distance[visited]
        row_price[start] += reached
        row_price[owner[visited]] += gain
        column_price[visited] -= gain
        while True:
            row = parent[column]
            previous = np.flatnonzero(owner == row)
            owner[column] = row
            if row == start:
                break
            column = previous[0]
    chosen = np.empty(rows, int)
    taken = owner >= 0
    chosen[owner[taken]] = np.flatnonzero(taken)
    return chosen
