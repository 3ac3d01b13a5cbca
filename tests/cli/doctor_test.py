"""lts doctor and measurement caches by the command line: keys of the contract, messages. No test
asserts a figure of the machine it runs on."""

import json
import signal
import subprocess
import unittest

from lts_program import LTS, LtsTestCase

CHECKS = ["threads", "governor", "turbo", "smt", "numa", "virtualisation", "power", "clock_source",
          "load", "steal", "waiting", "memory", "frequency", "thermal", "clock", "noise", "drift"]
SHORT = ["--seconds", "0.2", "--set", "sequence_length=16"]


class Doctor(LtsTestCase):
    def test_keys_of_the_contract(self):
        document = self.json("doctor", *SHORT)
        self.assertEqual(list(document)[:3], ["checks", "noise_percent", "drift_percent"])
        self.assertEqual([check["name"] for check in document["checks"]], CHECKS)
        for check in document["checks"]:
            self.assertEqual(list(check), ["name", "status", "found", "advice"])
            self.assertIn(check["status"], ["ok", "warn", "fail"])
            self.assertEqual(check["advice"] == "", check["status"] == "ok", check)
            self.assertTrue(check["found"])
        self.assertGreaterEqual(document["noise_percent"], 0)
        self.assertIn(document["verdict"], ["fit", "usable with care", "unfit"])
        self.assertGreaterEqual(len(document["sentinel"]["block_medians_s"]), 8)
        self.assertEqual(document["protocol"]["name"], "cpu-1-thread")

    def test_more_threads_than_cpus_is_unfit_and_no_error(self):
        document = self.json("doctor", *SHORT, "--set", "threads=4000")
        (threads,) = [c for c in document["checks"] if c["name"] == "threads"]
        self.assertEqual(threads["status"], "fail")
        self.assertIn("4000 of ", threads["found"])
        self.assertEqual(document["verdict"], "unfit")

    def test_a_program_on_this_machine_is_judged_with_it(self):
        file = self.write("agent.yaml", f"run: [{LTS}, profile, --agent]\nartifact: {{format: none}}\n")
        checks = self.json("doctor", *SHORT, "--hardware", file)["checks"]
        self.assertEqual([check["name"] for check in checks], CHECKS)
        away = json.dumps({"kind": "any", "folder": str(self.folder / "board"),
                           "execute": ["sh", "-c", "{command}"]})
        checks = self.json("doctor", *SHORT, "--hardware", file, "--set", f"connection={away}")["checks"]
        self.assertEqual({check["name"] for check in checks}, {"clock", "noise", "drift"})

    def test_prints_a_table_advice_and_the_verdict(self):
        lines = self.lts("doctor", *SHORT, "--set", "threads=4000").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["check", "status", "found"])
        self.assertIn("what to do:", lines)
        self.assertIn("  threads: lower `threads` of the hardware file, or raise the container's "
                      "quota or CPU set", lines)
        self.assertRegex(lines[-1], r"^unfit: noise floor [0-9.e+-]+ %, drift [0-9.e+-]+ % "
                                    r"\(\d+ blocks of \d+ runs of a sentinel of ")
        done = self.lts("doctor", *SHORT, "--format", "csv")
        self.assertEqual(done.stdout.splitlines()[0], "check,status,found,advice")
        self.assertIn("noise floor", done.stderr)

    def test_a_signal_stops_it(self):
        process = subprocess.Popen([LTS, "doctor", "--seconds", "600", *SHORT[2:]],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (75, ""), err)
        self.assertIn("stopped by a signal", err)

    def test_messages(self):
        self.assertIn("seconds is '0'; accepted", self.refusal("doctor", "--seconds", "0"))
        self.assertTrue(self.refusal("doctor", "--hardware", "none.yaml")
                        .startswith("none.yaml: "))
        self.assertIn("unknown format", self.refusal("doctor", "--format", "html"))
        self.assertIn("lts doctor --hardware", self.lts("doctor", "--help").stdout)


SMALL = "gpt2:n_layer=2,d_model=16,d_inner=32,n_head=2,vocab_size=97,max_sequence_length=256"
RUNS = ["--set", "stop={relative_ci: 0, min_runs: 3, max_runs: 3, max_seconds: 60}",
        "--set", "sequence_length=16"]
SEARCH = """
space: {n_layer: [1, 2], d_model: [32, 64], d_inner: [32], n_head: [1], vocab_size: 100}
objectives:
  - {name: size, proxy: decoder_params, direction: maximize}
  - {name: latency, hardware: hardware.yaml, direction: minimize}
search: {iterations: 2, initial_models: 4, random_mix: 2}
"""


class Cache(LtsTestCase):
    def profile(self, *words, **options):
        return self.json("profile", SMALL, *RUNS, *words, **options)[0]

    def test_gives_back_what_was_measured_and_says_so(self):
        first = self.profile("--cache", "deep/cache.jsonl")
        self.assertNotIn("cached", first)
        again = self.profile("--cache", "deep/cache.jsonl")
        self.assertIs(again.pop("cached"), True)
        self.assertEqual(again, first)
        done = self.lts("profile", SMALL, *RUNS, "--cache", "deep/cache.jsonl")
        self.assertIn(", from the cache", done.stderr)
        self.assertNotIn("cached", self.profile("--cache", "deep/cache.jsonl", "--set", "threads=2"))

    def test_the_environment_names_one_and_an_empty_name_none(self):
        env = {"LTS_CACHE": "cache.jsonl"}
        self.profile(env=env)
        self.assertIs(self.profile(env=env)["cached"], True)
        self.assertNotIn("cached", self.profile("--cache", "", env=env))
        self.assertNotIn("cached", self.profile("--cache", "other.jsonl", env=env))
        self.assertNotIn("cached", self.profile())

    def test_is_shared_by_profile_and_search_and_its_runs(self):
        self.write("hardware.yaml", "sequence_length: 8\nstop: {min_runs: 2, max_runs: 2}\n")
        self.write("search.yaml", SEARCH)
        self.lts("search", "search.yaml", "-o", "a", "--cache", "cache.jsonl")
        self.lts("search", "search.yaml", "-o", "b", "--cache", "cache.jsonl")
        read = [(self.folder / run / "front.csv").read_text("utf-8") for run in ("a", "b")]
        self.assertEqual(*read)
        journal = (self.folder / "b" / "journal.jsonl").read_text("utf-8")
        found = [json.loads(line)["record"] for line in journal.splitlines()]
        cached = [r["objectives"]["latency"]["details"].get("cached") for r in found
                  if r["type"] == "evaluation" and r["status"] == "ok"]
        self.assertEqual(set(cached), {True})

    def test_messages(self):
        (self.folder / "folder").mkdir()
        self.assertEqual(self.refusal("profile", SMALL, "--cache", "folder"),
                         "folder: cannot be opened: Is a directory")
        file = self.write("notes.txt", "not a cache\n")
        self.assertEqual(self.refusal("profile", SMALL, "--cache", file),
                         "notes.txt: is no measurement cache; nothing was changed")
        self.assertEqual((self.folder / file).read_text("utf-8"), "not a cache\n")

    def test_a_cache_cut_in_the_middle_warns_and_goes_on(self):
        self.profile("--cache", "cache.jsonl")
        self.profile("--cache", "cache.jsonl", "--set", "threads=2")
        file = self.folder / "cache.jsonl"
        file.write_bytes(file.read_bytes()[:-50])
        done = self.lts("profile", SMALL, *RUNS, "--cache", "cache.jsonl", "--json")
        self.assertIn("cache.jsonl: 1 record is damaged and left out; the others hold", done.stderr)
        self.assertIs(json.loads(done.stdout)[0]["cached"], True)


if __name__ == "__main__":
    unittest.main()
