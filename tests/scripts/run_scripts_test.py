"""scripts/quickstart and scripts/test in a copy of the scripts: their order, messages and exit
statuses. Stand-ins play set-up, CMake, CTest and lts; each writes its command line to calls.txt."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]


class ScriptCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name, "a clone")
        shutil.copytree(SOURCE / "scripts", self.root / "scripts")
        (self.root / "build/release").mkdir(parents=True)
        (self.root / "runs/quickstart/plots").mkdir(parents=True)
        (self.root / "runs/quickstart/plots/front.svg").touch()
        self.bin = pathlib.Path(folder.name, "bin")
        self.bin.mkdir()
        for name in ("cmake", "ctest", "bible"):
            self.stand_in(self.bin / name)
        self.stand_in(self.bin / "bible", "echo In the beginning")
        self.stand_in(self.root / "build/release/lts")
        for name in ("setup", "check-style"):
            self.stand_in(self.root / "scripts" / name)

    def stand_in(self, path, script=""):
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/bash\necho "{path.name} $*" >>"{self.root}/calls.txt"\n{script}\n')
        path.chmod(0o755)

    def run_script(self, name, *options):
        done = subprocess.run([self.root / "scripts" / name, *options], cwd="/", text=True,
                              env=os.environ | {"PATH": f"{self.bin}:{os.environ['PATH']}"},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def calls(self):
        file = self.root / "calls.txt"
        return file.read_text().splitlines() if file.exists() else []


class Quickstart(ScriptCase):
    def test_runs_the_main_job_from_set_up_to_text(self):
        status, output = self.run_script("quickstart", "--cpu")
        self.assertEqual(status, 0, output)
        self.assertEqual(self.calls(), [
            "setup --cpu", "cmake --preset release",
            "cmake --build --preset release --target lts",
            "lts search configs/search/quickstart.yaml -o runs/quickstart --resume",
            "bible -f gen1:1-rev22:21",
            f"lts prepare {self.root}/build/bible.txt -o runs/quickstart-data --resume",
            "lts pick runs/quickstart --best memory --top 1 -o runs/quickstart-winner.yaml",
            "lts train configs/train/quickstart.yaml --model runs/quickstart-winner.yaml "
            "--data runs/quickstart-data -o runs/quickstart-model --resume",
            "lts eval runs/quickstart-model --data runs/quickstart-data --baselines",
            "lts generate runs/quickstart-model In the beginning --max-new-tokens 96"])
        self.assertIn("runs/quickstart/plots/front.svg", output)
        commands = output.split("What a user would type next:")[1].strip().splitlines()
        self.assertEqual(len(commands), 3)

    def test_a_second_run_keeps_the_text(self):
        self.run_script("quickstart")
        self.run_script("quickstart")
        self.assertEqual(len([call for call in self.calls() if call.startswith("bible")]), 1)

    def test_a_text_that_was_cut_off_is_not_used(self):
        self.stand_in(self.bin / "bible", "echo In the; kill -KILL $PPID")
        status, _ = self.run_script("quickstart")
        self.assertNotEqual(status, 0)
        self.assertFalse((self.root / "build/bible.txt").exists())

    def test_a_stopped_step_ends_with_its_status_and_says_how_to_go_on(self):
        self.stand_in(self.root / "build/release/lts", '[[ $1 != train ]] || exit 75')
        status, output = self.run_script("quickstart")
        self.assertEqual(status, 75)
        self.assertIn("stopped; the same command goes on from here.", output)
        self.assertTrue(self.calls()[-1].startswith("lts train"))

    def test_a_failed_step_ends_with_its_status(self):
        self.stand_in(self.root / "build/release/lts", "exit 1")
        status, output = self.run_script("quickstart")
        self.assertEqual(status, 1)
        self.assertNotIn("goes on", output)
        self.assertTrue(self.calls()[-1].startswith("lts search"))

    def test_shows_what_cmake_said(self):
        self.stand_in(self.bin / "cmake", "echo CMake Error: no compiler; exit 1")
        status, output = self.run_script("quickstart")
        self.assertEqual(status, 1)
        self.assertIn("CMake Error: no compiler", output)
        self.assertIn("scripts/quickstart: cmake could not configure the build", output)

    def test_takes_a_text_of_the_user(self):
        text = self.root / "my notes.txt"
        text.touch()
        self.run_script("quickstart", "--text", str(text))
        self.assertIn(f"lts prepare {text} -o runs/quickstart-data --resume", self.calls())

    def test_refuses_a_text_that_is_not_there(self):
        self.assertEqual(self.run_script("quickstart", "--text", "/no/such"),
                         (2, "scripts/quickstart: --text needs a file; got '/no/such'\n"))
        self.assertEqual(self.calls(), [])


class Test(ScriptCase):
    def test_runs_every_part_and_ends_with_all_tests(self):
        self.stand_in(self.bin / "ctest", "echo 100% tests passed, 0 tests failed out of 7")
        status, output = self.run_script("test", "--no-system")
        self.assertEqual(status, 0, output)
        self.assertEqual(self.calls(), [
            "setup --test --no-system", "cmake --preset release", "cmake --build --preset release",
            "check-style ", "cmake --preset asan", "cmake --build --preset asan",
            "ctest --preset asan --parallel 2 --no-tests=error -L unit",
            "ctest --preset release --parallel 2 --no-tests=error"])
        self.assertTrue(output.endswith("100% tests passed, 0 tests failed out of 7\n"))

    def test_goes_on_after_a_failed_part_and_fails_in_the_end(self):
        for failing in ("scripts/check-style", "../bin/ctest"):
            with self.subTest(failing):
                path = (self.root / failing).resolve()
                self.stand_in(path, "exit 3")
                status, output = self.run_script("test")
                self.assertEqual(status, 1)
                self.assertTrue(self.calls()[-1].startswith("ctest --preset release"))
                self.assertIn("scripts/test: failed: ", output)
                self.stand_in(path)

    def test_stops_where_set_up_fails(self):
        self.stand_in(self.root / "scripts/setup", "exit 1")
        status, _ = self.run_script("test")
        self.assertEqual((status, self.calls()), (1, ["setup --test"]))


if __name__ == "__main__":
    unittest.main()
