"""Prints which of the named distributions this Python lacks, or has only in part.

usage: missing_packages.py NAME | NAME==VERSION | @REQUIREMENTS_FILE ...

An installation that was cut off leaves files without a RECORD, or a RECORD whose files are not
there; both count as missing, so that installing again repairs them.
"""

import importlib.metadata
import os
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


def is_whole(distribution):
    """Every file that RECORD lists with a size (compiled .pyc files have none) has that size."""
    files = distribution.files
    if not files:
        return False
    try:
        return all(os.path.getsize(f.locate()) == f.size for f in files if f.size is not None)
    except OSError:
        return False


def is_there(requirement):
    name, _, version = requirement.partition("==")
    try:
        distribution = importlib.metadata.distribution(name)
        found = distribution.version
    except (importlib.metadata.PackageNotFoundError, KeyError):
        return False
    return bool(found) and (not version or found == version) and is_whole(distribution)


for wanted in requirements(sys.argv[1:]):
    if not is_there(wanted):
        print(wanted)
