"""Prints which of the named distributions this Python lacks, or has only in part.

usage: missing_packages.py [--forget-torn] NAME | NAME==VERSION | @REQUIREMENTS_FILE ...

An installation that was cut off leaves files without a RECORD, or a RECORD whose files are not
there; both count as missing. pip would call such a distribution installed: --forget-torn removes
what it would go by, so that installing again repairs it.
"""

import importlib.metadata
import os
import shutil
import sys


def requirements(arguments):
    for argument in arguments:
        if not argument.startswith("@"):
            yield argument
            continue
        with open(argument[1:], encoding="utf-8") as lines:
            for line in lines:
                line = line.split("#")[0].strip()
                if line:
                    yield line


def find(name):
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def version_of(distribution):
    try:
        return distribution.version
    except KeyError:  # METADATA is missing
        return None


def is_whole(distribution):
    """Every file that RECORD lists with a size (compiled .pyc files have none) has that size."""
    files = distribution.files
    if not files or not version_of(distribution):
        return False
    try:
        return all(os.path.getsize(f.locate()) == f.size for f in files if f.size is not None)
    except OSError:
        return False


def forget(distribution):
    """Removes NAME.dist-info; the files beside it are overwritten by the next installation."""
    folder = getattr(distribution, "_path", None)
    if folder is not None and folder.name.endswith(".dist-info"):
        shutil.rmtree(folder)


def main(arguments):
    forget_torn = arguments[:1] == ["--forget-torn"]
    for wanted in requirements(arguments[forget_torn:]):
        name, _, version = wanted.partition("==")
        distribution = find(name)
        whole = distribution is not None and is_whole(distribution)
        if whole and version in ("", version_of(distribution)):
            continue
        print(wanted)
        if forget_torn and distribution is not None and not whole:
            forget(distribution)


main(sys.argv[1:])
