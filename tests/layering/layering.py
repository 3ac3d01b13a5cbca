"""Reads every #include of the tree and names those that point against the arrows.

usage: layering.py ROOT TARGETS      prints findings, FILE:LINE: TEXT; exit status 1 where any

TARGETS is a file that CMake writes, a line 'TARGET SOURCE' for each source of each target.

    lts_core <- lts_space <- lts_predictor <- lts_search      (no LibTorch)
    lts_predictor <- lts_latency_model <- lts_search          (no LibTorch)
    lts_core <- lts_data, lts_space <- lts_onnx               (no LibTorch)
    lts_space <- lts_model <- lts_profilers -> lts_predictor, lts_onnx
    lts_space, lts_data <- lts_runs                           (no LibTorch)
    lts_model, lts_runs, lts_data, lts_onnx <- lts_train
    lts -> all

A header belongs to the target of the .cpp of its name, else to its folder's (the LibTorch one where
it sees LibTorch).
"""

import pathlib
import re
import sys

# target -> the targets whose headers it may include
ARROWS = {
    "lts_core": set(),
    "lts_space": {"lts_core"},
    "lts_predictor": {"lts_core", "lts_space"},
    "lts_latency_model": {"lts_core", "lts_space", "lts_predictor"},
    "lts_search": {"lts_core", "lts_space", "lts_predictor", "lts_latency_model"},
    "lts_data": {"lts_core"},
    "lts_onnx": {"lts_core", "lts_space"},
    "lts_runs": {"lts_core", "lts_space", "lts_data"},
    "lts_model": {"lts_core", "lts_space"},
    "lts_profilers": {"lts_core", "lts_space", "lts_predictor", "lts_onnx", "lts_model"},
    "lts_train": {"lts_core", "lts_space", "lts_data", "lts_runs", "lts_onnx", "lts_model"},
}
ARROWS["lts"] = set(ARROWS)
TORCH_TARGETS = {"lts_model", "lts_profilers", "lts_train", "lts"}

# folder -> (target of its headers, target of those that see LibTorch); the longest match counts
FOLDERS = {
    "core": ("lts_core", "lts_core"),
    "space": ("lts_space", "lts_model"),
    "predictor": ("lts_predictor", "lts_profilers"),
    "predictor/latency_model": ("lts_latency_model", "lts_latency_model"),
    "predictor/profilers": ("lts_profilers", "lts_profilers"),
    "search": ("lts_search", "lts_search"),
    "deploy": ("lts_onnx", "lts_onnx"),
    "train": ("lts_train", "lts_train"),
    "train/tokenizer": ("lts_data", "lts_data"),
    "train/data": ("lts_data", "lts_data"),
    "train/card": ("lts_runs", "lts_runs"),
    "cli": ("lts", "lts"),
}
PRODUCT = sorted({folder.partition("/")[0] for folder in FOLDERS})

TORCH = re.compile(r"(torch|ATen|c10|caffe2)/")
TBB = re.compile(r"(tbb|oneapi)/")
# LibTorch brings other versions of these in its own include folder.
CLASHES_WITH_TORCH = re.compile(r"(spdlog|fmt|google/protobuf|onnx)/")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


class Tree:
    def __init__(self, root, targets):
        self.root = pathlib.Path(root)
        self.findings = []
        files = sorted(p for f in PRODUCT for p in self.root.glob(f + "/**/*") if p.is_file())
        code = [p for p in files if p.suffix in (".h", ".cpp", ".inc")]
        self.includes = {self.name(p): self.read_includes(p) for p in code}
        self.owners = dict(reversed(line.split(" ", 1)) for line in targets.splitlines())
        self.reached = {}

    def name(self, path):
        return path.relative_to(self.root).as_posix()

    def read_includes(self, path):
        """[(line number, name, in quotes)]"""
        found = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := INCLUDE.match(line):
                found.append((number, match[1] or match[2], bool(match[1])))
        return found

    def report(self, file, line, text):
        self.findings.append(f"{file}:{line}: {text}")

    def reach(self, file):
        """{included name: (line, file that leads to it)} for all that `file` sees in the end."""
        if file not in self.reached:
            self.reached[file] = {}
            for line, name, _ in self.includes.get(file, []):
                for further in [name, *self.reach(name)]:
                    self.reached[file].setdefault(further, (line, name))
        return self.reached[file]

    def sees(self, file, pattern):
        """(line, third-party header) of the first match, or None."""
        for name, (line, _) in self.reach(file).items():
            if name not in self.includes and pattern.match(name):
                return line, name
        return None

    def owner(self, file):
        source = re.sub(r"\.(h|inc)$", ".cpp", file)
        if source in self.owners:
            return self.owners[source]
        folder = max((f for f in FOLDERS if file.startswith(f + "/")), key=len, default=None)
        if folder is None or file.endswith(".cpp"):
            return None
        return FOLDERS[folder][1 if self.sees(file, TORCH) else 0]

    def check(self):
        self.check_cycles()
        for file in self.includes:
            owner = self.owner(file)
            if owner not in ARROWS:
                self.report(file, 1, "no target lists this file" if owner is None else
                            f"target {owner} has no place in the layers")
                continue
            self.check_arrows(file, owner)
            self.check_third_parties(file, owner)
        return sorted(self.findings)

    def check_arrows(self, file, owner):
        for line, name, quoted in self.includes[file]:
            if not quoted:
                continue
            if name not in self.includes:
                self.report(file, line, f'"{name}" is no header of the product')
                continue
            target = self.owner(name)
            if target != owner and target not in ARROWS[owner]:
                self.report(file, line, f'{owner} must not include "{name}" of {target}')

    def check_third_parties(self, file, owner):
        torch = self.sees(file, TORCH)
        if torch and owner not in TORCH_TARGETS:
            self.report(file, torch[0], f"{owner} is free of LibTorch, yet sees <{torch[1]}>")
        clash = self.sees(file, CLASHES_WITH_TORCH)
        if torch and clash:
            self.report(file, clash[0], f"<{clash[1]}> does not compile beside LibTorch's headers")
        tbb = self.sees(file, TBB)
        if tbb and owner == "lts_core":
            self.report(file, tbb[0], f"lts_core is free of TBB, yet sees <{tbb[1]}>")

    def check_cycles(self):
        done, path = set(), []

        def visit(file):
            if file in path:
                self.report(file, 1, "includes itself: " + " -> ".join([*path, file]))
            elif file not in done and file in self.includes:
                path.append(file)
                for _, name, _ in self.includes[file]:
                    visit(name)
                path.pop()
                done.add(file)

        for file in self.includes:
            visit(file)


def main():
    tree = Tree(sys.argv[1], pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    findings = tree.check()
    print("\n".join(findings) or f"{len(tree.includes)} files include along the arrows")
    if not tree.includes:
        sys.exit(f"{sys.argv[1]}: no sources found")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
