"""What the tests of subcommands share: runs the program that was built."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["LTS_BUILD_DIR"])
SOURCE = pathlib.Path(os.environ["LTS_SOURCE_DIR"])
LTS = BUILD / "lts"


class LtsTestCase(unittest.TestCase):
    """Runs in a folder of its own, so that no relative path of the tree helps."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lts-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # No developer's cache, and no waiting for the turn of another test.
        self.environment = {**os.environ, "LTS_CACHE": "",
                            "LTS_TURN_DIR": str(self.folder / "turns")}

    def lts(self, *words, status=0, env=None):
        """The finished run of `lts WORDS`, which must end with `status`."""
        done = subprocess.run([LTS, *words], capture_output=True, text=True, cwd=self.folder,
                              env={**self.environment, **(env or {})}, timeout=300,
                              check=False)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def json(self, *words, **options):
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.lts(*words, "--json", **options).stdout)

    def refusal(self, *words, status=2, env=None):
        """The message of a refused run: one line, and nothing on standard output."""
        done = self.lts(*words, status=status, env=env)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr.rstrip("\n")

    def interrupted(self, *words):
        """What `lts WORDS`, sent SIGINT after the first of two, had printed when it ended with 75."""
        process = subprocess.Popen([LTS, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=self.environment)
        for line in process.stderr:
            if "1/2" in line:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, err)
        return out, err

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name
