"""scripts/lib/missing_packages.py against a folder of packages in each state that a cut-off
installation leaves."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "scripts/lib/missing_packages.py"


class MissingPackages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def install(self, name, version, size=5):
        (self.folder / f"{name}.py").write_text("x = 1")
        info = self.folder / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "RECORD").write_text(f"{name}.py,sha256=0,{size}\n__pycache__/{name}.pyc,,\n")
        return info

    def missing(self, *arguments):
        return subprocess.run([sys.executable, PROGRAM, *arguments], text=True, check=True,
                              env=os.environ | {"PYTHONPATH": str(self.folder)},
                              stdout=subprocess.PIPE).stdout.split()

    def test_a_whole_package_is_there(self):
        self.install("lts_probe", "1.2")
        self.assertEqual(self.missing("lts_probe", "lts_probe==1.2"), [])

    def test_names_another_version_and_an_absent_package(self):
        self.install("lts_probe", "1.2")
        self.assertEqual(self.missing("lts_probe==1.2+cpu", "lts_absent==1"),
                         ["lts_probe==1.2+cpu", "lts_absent==1"])

    def test_names_a_package_whose_file_has_another_size_or_is_gone(self):
        self.install("lts_short", "1", size=6)
        self.install("lts_gone", "1")
        (self.folder / "lts_gone.py").unlink()
        self.assertEqual(self.missing("lts_short", "lts_gone"), ["lts_short", "lts_gone"])

    def test_names_a_package_without_record_or_metadata(self):
        (self.install("lts_recordless", "1") / "RECORD").unlink()
        (self.install("lts_nameless", "1") / "METADATA").unlink()
        self.assertEqual(self.missing("lts_recordless", "lts_nameless"),
                         ["lts_recordless", "lts_nameless"])

    def test_forgets_torn_packages_only(self):
        torn, whole = self.install("lts_torn", "1", size=6), self.install("lts_whole", "1")
        self.assertEqual(self.missing("--forget-torn", "lts_torn==1", "lts_whole==2"),
                         ["lts_torn==1", "lts_whole==2"])
        self.assertFalse(torn.exists())
        self.assertTrue(whole.exists())

    def test_reads_a_requirements_file(self):
        file = self.folder / "requirements.txt"
        file.write_text("# peers\nlts_absent==1  # why\n\nlts_other==2\n")
        self.assertEqual(self.missing(f"@{file}"), ["lts_absent==1", "lts_other==2"])


if __name__ == "__main__":
    unittest.main()
