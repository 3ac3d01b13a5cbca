"""The table that measure_all.py wrote, and what of its readings is noise."""

import csv

import numpy as np

GENES = ["n_layer", "d_model", "d_inner", "n_head"]


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def genes_of(row):
    return tuple(int(row[gene]) for gene in GENES)


def read_table(path):
    """{genes: (median, low, high)} seconds."""
    names = ["latency_median_s", "latency_ci_low_s", "latency_ci_high_s"]
    return {genes_of(row): [float(row[name]) for name in names] for row in read_rows(path)}


def repeat_spread(table, again):
    """Of one reading, relative: from members read twice, a common shift of the two left out."""
    logs = [np.log(again[genes][0] / table[genes][0]) for genes in again]
    return np.std(logs, ddof=1) / np.sqrt(2)


def own_spread(table, again, smooth):
    """What of a member's cost is its own, neither a gene's nor a pair's effect, relative: what its
    two readings have in common beside `smooth`, as {genes: seconds}."""
    both = [genes for genes in again if genes in smooth]
    first, second = (np.log([readings[genes][0] / smooth[genes] for genes in both])
                     for readings in (table, again))
    return np.sqrt(max(0.0, np.cov(first, second)[0, 1]))


def fitted_base(genes, seconds):
    """A sum over layers of what their arithmetic and a head cost, to the least relative error."""
    layers, width, inner, heads = genes.T.astype(float)
    terms = np.column_stack([np.ones_like(width), width, layers, layers * width, layers * heads,
                             layers * width * width, layers * width * inner])
    terms /= terms.max(axis=0)
    base = terms @ np.linalg.lstsq(terms / seconds[:, None], np.ones_like(seconds), rcond=None)[0]
    assert (base > 0).all()
    return base


def smoothed(genes, seconds):
    """The readings by effects of genes and of pairs of genes on the logarithm over a fitted base:
    (values, the relative spread of each, the relative spread that is left of a reading)."""
    base = fitted_base(genes, seconds)
    columns = []
    for a in range(len(GENES)):
        for b in range(a + 1, len(GENES)):  # a gene's own effect is a sum of its pairs'
            _, code = np.unique(genes[:, [a, b]], axis=0, return_inverse=True)
            columns.append(np.eye(code.max() + 1)[code.ravel()])
    left, size, _ = np.linalg.svd(np.hstack(columns), full_matrices=False)
    left = left[:, size > 1e-8 * size[0]]
    logs = np.log(seconds / base)
    fitted = left @ (left.T @ logs)
    spread = np.sqrt(((logs - fitted) ** 2).sum() / (len(seconds) - left.shape[1]))
    return base * np.exp(fitted), spread * np.sqrt((left ** 2).sum(axis=1)), spread
