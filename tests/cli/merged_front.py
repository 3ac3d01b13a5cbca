"""The exact front of a space whose layers differ, by looking at every member with numpy, and by
`algorithm: exact`. Used by exact_flex_test.py and by experiments/exact_flex."""

import csv
import itertools
import pathlib
import random

import numpy


class LayeredSpace:
    """Layers that each take a d_inner and an n_head. `tables`: by objective, whole numbers drawn by
    (d_model, d_inner, n_head), which grow with d_inner on the whole and not from step to step."""

    def __init__(self, n_layers, d_models, d_inners, n_heads, objectives=("latency", "energy"),
                 seed=1):
        self.n_layers, self.d_models = n_layers, d_models
        self.options = list(itertools.product(d_inners, n_heads))
        self.d_inners, self.n_heads = d_inners, n_heads
        rng = random.Random(seed)
        self.tables = {
            name: {(d, i, h): 5 * d * i // 64 + rng.randrange(d * 64) + rng.randrange(2000) * h
                   for d in d_models for i, h in self.options}
            for name in objectives}

    def members(self):
        return sum(len(self.d_models) * len(self.options) ** n for n in self.n_layers)

    def config(self):
        lines = ["space:", "  family: gpt2_flex", f"  n_layer: {list(self.n_layers)}",
                 f"  d_model: {list(self.d_models)}",
                 f"  d_inner: {{choices: {list(self.d_inners)}, per_layer: true}}",
                 f"  n_head: {{choices: {list(self.n_heads)}, per_layer: true}}", "objectives:",
                 "  - {name: size, proxy: decoder_params, direction: maximize}"]
        for name, table in self.tables.items():
            entries = ", ".join(f"{d}*{i}*{h}: {v}" for (d, i, h), v in table.items())
            lines.append(f"  - {{name: {name}, predictor: layer_cost, direction: minimize, "
                         f"per_layer: {{d_model*d_inner*n_head: {{{entries}}}}}}}")
        return "\n".join([*lines, "search: {algorithm: exact}", ""])

    def option_losses(self, d_model):
        """A row per option: minus its decoder parameters, then the tables' entries."""
        rows = []
        for i, h in self.options:
            params = 4 * d_model ** 2 + 4 * d_model + 2 * d_model * i + i + d_model + 4 * d_model
            rows.append([-params] + [table[d_model, i, h] for table in self.tables.values()])
        return numpy.array(rows, dtype=numpy.int64)

    def brute_front(self):
        """The points that no member dominates, every member's sum having been formed."""
        found = []
        for d_model in self.d_models:
            options = self.option_losses(d_model)
            sums = numpy.zeros((1, options.shape[1]), dtype=numpy.int64)
            for n_layer in range(1, max(self.n_layers) + 1):
                sums = (sums[:, None] + options[None]).reshape(-1, options.shape[1])
                if n_layer in self.n_layers:
                    whole = numpy.unique(sums, axis=0)
                    whole[:, 0] -= 2 * d_model
                    found.append(whole)
        return front(numpy.unique(numpy.concatenate(found), axis=0))


def front(points):
    """Of distinct points in lexicographic order, those that none before dominates."""
    kept = numpy.empty_like(points)
    count = 0
    for point in points:
        if not (kept[:count] <= point).all(axis=1).any():
            kept[count] = point
            count += 1
    return {tuple(int(v) for v in point) for point in kept[:count]}


def front_of_run(folder, objectives):
    """The points of a run's front.csv, its sizes negated; None where two are equal."""
    with open(pathlib.Path(folder) / "front.csv", encoding="utf-8") as file:
        rows = [(-int(float(row["size"])), *(int(float(row[name])) for name in objectives))
                for row in csv.DictReader(file)]
    return set(rows) if len(set(rows)) == len(rows) else None
