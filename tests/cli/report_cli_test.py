"""Runs `lts report` as a user does: what it makes of a journal, alone and of several runs."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

LTS = os.path.join(os.environ["LTS_BUILD_DIR"], "lts")
CONFIG = os.path.join(os.environ["LTS_SOURCE_DIR"], "configs", "search", "closed-form.yaml")
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


class ReportCommand(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def at(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, *names):
        with open(self.at(*names), "rb") as file:
            return file.read()

    def lts(self, *words, status=0):
        done = subprocess.run([LTS, *words], capture_output=True, text=True, check=False,
                              cwd=self.folder)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def search(self, name, *more):
        return self.lts("search", CONFIG, "-o", name, "--set", "search.iterations=3", *more)

    def files(self, name):
        found = {}
        for folder, _, names in os.walk(self.at(name)):
            for file in names:
                path = os.path.join(folder, file)
                if file != ".lock":
                    found[os.path.relpath(path, self.at(name))] = self.read(path)
        return found

    def data(self, *names):
        return json.loads(DATA.search(self.read(*names).decode())[1])

    def test_makes_everything_but_the_journal_again(self):
        self.search("run")
        whole = self.files("run")
        self.assertIn("report.html", whole)
        shutil.rmtree(self.at("run"))
        os.mkdir(self.at("run"))
        with open(self.at("run", "journal.jsonl"), "wb") as file:
            file.write(whole["journal.jsonl"])
        done = self.lts("report", "run/", "--json")
        self.assertEqual(json.loads(done.stdout),
                         {"path": "run/report.html", "plots": "run/plots", "runs": 1})
        self.assertEqual(self.files("run"), whole)

    def test_the_page_names_architectures_as_other_commands_take_them(self):
        self.search("run", "--set", "winners.count=3", "--set", "space.vocab_size=1000")
        run = self.data("run", "report.html")["runs"][0]
        self.assertEqual(sorted(run["winners"].values()), [0, 1, 2])
        for position, winner in run["winners"].items():
            by_index, inline = json.loads(
                self.lts("describe", f"{run['name']}:{winner}", run["arch"][int(position)],
                         "--json").stdout)
            self.assertEqual(by_index["archid"], run["id"][int(position)])
            self.assertEqual(inline, by_index)

    def test_shows_several_runs_together(self):
        self.search("a")
        self.search("b", "--set", "search.seed=2")
        before = self.read("a", "report.html")
        done = self.lts("report", "a", "./b/")
        self.assertEqual(done.stdout, "report/report.html\n")
        self.assertEqual([r["name"] for r in self.data("report", "report.html")["runs"]], ["a", "b"])
        self.assertEqual(self.read("a", "report.html"), before)
        self.lts("report", "a", "b", "-o", "both")
        self.assertEqual(self.read("both", "report.html"), self.read("report", "report.html"))
        header = self.read("both", "plots", "latency_vs_memory.csv").decode().splitlines()[0]
        self.assertEqual(header, "run,latency,memory,on_front,archid")

    def test_repeats_the_command_as_a_shell_reads_it(self):
        self.search("run", "--set", "objectives.0.constraint={min: 2.0e6}")
        page = self.read("run", "report.html").decode()
        self.assertIn("--set &#39;objectives.0.constraint={min: 2.0e6}&#39;", page)

    def test_what_is_no_run_or_another_kind_of_run_is_the_users_mistake(self):
        self.search("run")
        done = self.lts("report", "nowhere", status=2)
        self.assertEqual(done.stderr,
                         "nowhere: is no folder of a search run: it has no journal.jsonl\n")
        self.search("other", "--set", "objectives.2.name=bytes")
        done = self.lts("report", "run", "other", status=2)
        self.assertTrue(done.stderr.startswith("other: has other objectives ("), done.stderr)
        self.assertFalse(os.path.exists(self.at("report")))
        self.assertIn("missing", self.lts("report", status=2).stderr)

    def test_a_search_ends_with_a_plot_for_people_alone(self):
        done = self.search("run")
        self.assertIn("o on the front (", done.stderr)
        self.assertRegex(done.stderr, r"(?m)^ *[\d.e+]+ \|[ .o]*o")
        self.assertIn("run/report.html", done.stderr)
        done = self.search("again", "--json")
        self.assertNotIn("on the front", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
