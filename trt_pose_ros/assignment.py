"""Optimal one-to-one assignment, for the small tables of a tracker (scipy is no run-time dependency)."""

import numpy as np


def assign(values):
    """Pair rows with columns, each at most once, so that the sum of their values is the highest possible.

    Every row first takes its best column; rows that come too late to theirs are settled by shortest augmenting paths
    (Jonker and Volgenant 1987). So a frame in which nobody competes costs a few vector operations.

    Args:
        values: float [R, C]; pairs of value 0 or less are never made.

    Returns:
        (rows, columns): int [M] each, rows ascending.
    """
    rows, columns = values.shape
    if rows == 0 or columns == 0:
        return np.empty(0, int), np.empty(0, int)
    # Each row gets a column of its own that stands for staying alone and is worth 0; nobody wants another's.
    costs = np.ones((rows, columns + rows))
    costs[:, :columns] = -values
    costs[np.arange(rows), columns + np.arange(rows)] = 0
    chosen = _cheapest(costs)
    paired = np.flatnonzero(chosen < columns)
    paired = paired[values[paired, chosen[paired]] > 0]
    return paired, chosen[paired]


def _cheapest(costs):
    """int [R]: the column of each row in a cheapest assignment of the rows of ``costs`` [R, C], R <= C."""
    rows = np.arange(len(costs))
    best = costs.argmin(axis=1)
    owner = np.full(costs.shape[1], -1)
    owner[best[::-1]] = rows[::-1]
    chosen = np.where(owner[best] == rows, best, -1)
    row_prices, column_prices = costs[rows, best], np.zeros(costs.shape[1])
    for row in np.flatnonzero(chosen < 0):
        _augment(costs, row, row_prices, column_prices, owner, chosen)
    return chosen


def _augment(costs, start, row_prices, column_prices, owner, chosen):
    """Find a column for row ``start`` at the least cost for all; changes the four last arguments in place."""
    reach = np.full(len(owner), np.inf)
    parent = np.empty(len(owner), int)
    row, least, visited = start, 0.0, []
    closed = np.zeros(len(owner), bool)
    while True:
        through = least + costs[row] - row_prices[row] - column_prices
        shorter = ~closed & (through < reach)
        reach[shorter], parent[shorter] = through[shorter], row
        column = np.where(closed, np.inf, reach).argmin()
        least = reach[column]
        if owner[column] < 0:
            break
        closed[column] = True
        visited.append(column)
        row = owner[column]
    gains = least - reach[visited]
    row_prices[start] += least
    row_prices[owner[visited]] += gains
    column_prices[visited] -= gains
    while True:
        row = parent[column]
        owner[column] = row
        column, chosen[row] = chosen[row], column
        if row == start:
            return
