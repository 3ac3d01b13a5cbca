#!/usr/bin/env python3
"""How many statements of a run's certificate are true on the table of all members (README.md beside
this file).

usage: score.py RUN_DIR [--table FOLDER]

RUN_DIR: of `lts search configs/search/exact.yaml`. FOLDER: with the files of measure_all.py. The
statements are held against three versions of the table: the readings with their own intervals, the
readings with twice the spread with which a reading repeats itself, and the readings smoothed by
effects of genes and of pairs of genes. The last leaves out what is a member's own; so truths are drawn
too in which each member is off by as much as its two readings agree on.
"""

import argparse
import json
import pathlib

import numpy as np

from fronts import front_of, hypervolume, on_front, shortfall
from table import genes_of, own_spread, read_rows, read_table, repeat_spread, smoothed

NAMES, SIGNS = ("non_embedding_params", "latency", "memory"), np.array([-1, 1, 1])
LATENCY = 1  # its column among the losses
SIMULATED = 20


def genes_in(architecture):
    return genes_of(dict(part.split("=") for part in architecture.split(":")[1].split(",")))


def bounds_of(run):
    """The run's, as losses: (better ends, worse ends)."""
    with open(run / "journal.jsonl", encoding="utf-8") as file:
        records = (json.loads(line)["record"] for line in file)
        bounds = next(record["bounds"] for record in records if record["type"] == "bounds")
    return np.array([sorted(sign * np.array(bounds[name])) for name, sign in zip(NAMES, SIGNS)]).T


class Version:
    """The members with latencies from the table, and between what these may be."""

    def __init__(self, title, free, seconds, low, high):
        self.title = title
        self.losses, self.low, self.high = free.copy(), free.copy(), free.copy()
        for points, values in ((self.losses, seconds), (self.low, low), (self.high, high)):
            points[:, LATENCY] = values
        self.front = front_of(self.losses)

    def may_be(self, member, on):
        """Whether the member may be on (or off) the front, latencies where that suits it best."""
        points = (self.high if on else self.low).copy()
        points[member] = (self.low if on else self.high)[member]
        return on_front(points, member) == on

    def judge(self, statements):
        for verdict, on in (("certain", True), ("excluded", False)):
            stated = np.flatnonzero(statements == verdict)
            false = stated[self.front[stated] != on]
            possible = sum(self.may_be(member, on) for member in false)
            print(f"  {self.title}: {verdict} {len(stated)}, true {len(stated) - len(false)}, "
                  f"false {len(false)}, {possible} of these true within the intervals")

    def regret(self, level, found, bounds):
        exact = hypervolume(self.losses[self.front], *bounds)
        missing = 1 - hypervolume(self.losses[found], *bounds) / exact
        short = shortfall(self.losses[found], self.losses[self.front], LATENCY)
        least = shortfall(self.low[found], self.high[self.front], LATENCY)
        stated, short_stated = level["hypervolume_missing"], level["shortfall"]
        print(f"  {self.title}: hypervolume missing {100 * missing:.3g} %, stated at most "
              f"{100 * stated:.3g} %: {held(missing, stated)}; shortfall {1e3 * short:.3g} ms "
              f"(within the intervals at least {1e3 * least:.3g} ms), stated at most "
              f"{1e3 * short_stated:.3g} ms: {held(short, short_stated)}")

    def spread_by(self, spread):
        """Some versions of these losses, each latency off by chance, and their fronts."""
        rng = np.random.default_rng(1)
        for _ in range(SIMULATED):
            losses = self.losses.copy()
            losses[:, LATENCY] *= np.exp(spread * rng.standard_normal(len(losses)))
            yield losses, front_of(losses)

    def false_by_noise(self, statements, spread):
        """How many (certain, excluded) statements that are true here a table of readings of this
        spread would call false."""
        wrong = [(((statements == "certain") & self.front & ~seen).sum(),
                  ((statements == "excluded") & ~self.front & seen).sum())
                 for _, seen in self.spread_by(spread)]
        return np.mean(wrong, axis=0)

    def judge_with_own(self, level, statements, found, bounds, spread):
        """The statements where each member is by chance off by its own effect too."""
        wrong, missing, short = [], [], []
        for losses, front in self.spread_by(spread):
            wrong.append((((statements == "certain") & ~front).sum(),
                          ((statements == "excluded") & front).sum()))
            whole = hypervolume(losses[front], *bounds)
            missing.append(1 - hypervolume(losses[found], *bounds) / whole)
            short.append(shortfall(losses[found], losses[front], LATENCY))
        certain, excluded = np.mean(wrong, axis=0)
        print(f"  smoothed, and {100 * spread:.2f} % of each member's own, {SIMULATED} drawn: "
              f"false in the mean {certain:.1f} certain and {excluded:.1f} excluded, none false in "
              f"{sum(not any(w) for w in wrong)}; hypervolume missing {100 * np.median(missing):.3g} "
              f"(at most {100 * max(missing):.3g}) %, held in "
              f"{sum(m <= level['hypervolume_missing'] for m in missing)}; shortfall "
              f"{1e3 * np.median(short):.3g} (at most {1e3 * max(short):.3g}) ms, held in "
              f"{sum(s <= level['shortfall'] for s in short)}")


def held(value, bound):
    return "held" if value <= bound else "not held"


def versions_of(table, again, rows):
    """The versions of the table for these rows of the certificate, and the spreads of a reading and
    of what is a member's own."""
    genes = np.array([genes_in(row["architecture"]) for row in rows])
    ratios = np.array([float(row["latency"]) / table[tuple(g)][0]
                       for row, g in zip(rows, genes) if row["latency"]])
    scale = np.median(ratios)
    seconds, low, high = scale * np.array([table[tuple(g)] for g in genes]).T
    smooth, unsure, left = smoothed(genes, seconds)
    repeat = repeat_spread(table, again)
    own = own_spread(table, again, dict(zip(map(tuple, genes), smooth / scale)))
    print(f"{len(rows)} members; the run's {len(ratios)} readings over the table's: median "
          f"{scale:.4f}, by which the table is scaled, spread {100 * np.std(np.log(ratios)):.2f} %\n"
          f"a reading of the table repeats itself to {100 * repeat:.2f} %; effects of genes and "
          f"pairs leave {100 * left:.2f} %, {100 * own:.2f} % of it a member's own")
    free = np.array([[-float(row[NAMES[0]]), 0, float(row[NAMES[2]])] for row in rows])
    twice, unsure = np.exp(2 * repeat), np.exp(2 * unsure)
    return [Version("readings, own intervals", free, seconds, low, high),
            Version("readings, 2 repeat spreads", free, seconds, seconds / twice, seconds * twice),
            Version("smoothed, 2 spreads", free, smooth, smooth / unsure, smooth * unsure)], repeat, own


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path, metavar="RUN_DIR")
    parser.add_argument("--table", type=pathlib.Path, metavar="FOLDER",
                        default=pathlib.Path(__file__).resolve().parent)
    args = parser.parse_args()
    table = read_table(args.table / "latency.csv")
    again = read_table(args.table / "latency_again.csv")
    stated = read_rows(args.run / "certificate.csv")
    rows = [row for row in stated if genes_in(row["architecture"]) in table]
    if len(rows) < len(stated):
        print(f"{len(stated) - len(rows)} members of the certificate are not in the table: left "
              "out, so that others may seem to be on the front")
    versions, repeat, own = versions_of(table, again, rows)
    readings, smooth = versions[0], versions[-1]
    found = {genes_of(row) for row in read_rows(args.run / "front.csv")}
    found = np.array([genes_in(row["architecture"]) in found for row in rows])
    print(f"on the front: {readings.front.sum()} by the readings, {smooth.front.sum()} smoothed")
    certificate = json.loads((args.run / "certificate.json").read_text(encoding="utf-8"))
    bounds = bounds_of(args.run)
    for level in certificate["levels"]:
        percent = round(100 * level["confidence"])
        statements = np.array([row[f"at_{percent}"] for row in rows])
        print(f"{percent} %:")
        for version in versions:
            version.judge(statements)
        certain, excluded = smooth.false_by_noise(statements, repeat)
        print(f"  of those true when smoothed, readings that spread so would by chance call "
              f"{certain:.1f} certain and {excluded:.1f} excluded ones false")
        for version in (readings, smooth):
            version.regret(level, found, bounds)
        smooth.judge_with_own(level, statements, found, bounds, own)


if __name__ == "__main__":
    main()
