"""pymoo's NSGA-II on a measured table. Prints what it evaluated, in order, each once: a list that
`lts search` takes as `warm_start`, and so scores as its own.

usage: pymoo_nsga2.py TABLE EVALUATIONS SEED"""

import csv
import sys

from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import ElementwiseProblem
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.operators.sampling.rnd import IntegerRandomSampling
from pymoo.optimize import minimize

GENES = ("n_layer", "d_model", "d_inner", "n_head")
path, evaluations, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, encoding="utf-8", newline="") as file:
    LATENCY = {tuple(int(row[gene]) for gene in GENES): float(row["latency_median_s"])
               for row in csv.DictReader(file)}
CHOICES = [sorted({genes[i] for genes in LATENCY}) for i in range(len(GENES))]
evaluated = {}


class Table(ElementwiseProblem):
    def _evaluate(self, x, out, *args, **kwargs):
        n_layer, d_model, d_inner, n_head = (c[i] for c, i in zip(CHOICES, x))
        genes = (n_layer, d_model, d_inner, n_head)
        evaluated[genes] = None
        params = n_layer * (4 * d_model**2 + (2 * d_inner + 9) * d_model + d_inner) + 2 * d_model
        out["F"] = [-params, LATENCY[genes]]


whole = {"repair": RoundingRepair(), "vtype": float}  # indices into CHOICES
minimize(Table(n_var=4, n_obj=2, xl=[0] * 4, xu=[len(c) - 1 for c in CHOICES], vtype=int),
         NSGA2(pop_size=20, sampling=IntegerRandomSampling(), crossover=SBX(prob=0.9, **whole),
               mutation=PM(**whole)),
         ("n_eval", 4 * evaluations), seed=seed)
for genes in list(evaluated)[:evaluations]:
    print("- gpt2:" + ",".join(f"{gene}={value}" for gene, value in zip(GENES, genes)))
