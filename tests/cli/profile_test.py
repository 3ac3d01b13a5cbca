"""lts profile: keys of the contract, protocol and overrides, messages. No test asserts a time."""

import csv
import io
import json
import statistics
import subprocess
import unittest

from lts_program import LTS, LtsTestCase

SMALL = "gpt2:n_layer=2,d_model=16,d_inner=32,n_head=2,vocab_size=97,max_sequence_length=256"
LARGER = "gpt2:n_layer=3,d_model=32,d_inner=32,n_head=2,vocab_size=97,max_sequence_length=256"
RUNS = ["--set", "stop={relative_ci: 0, min_runs: 3, max_runs: 3, max_seconds: 60}"]
QUICK = ["--set", "sequence_length=16", *RUNS]


class Profile(LtsTestCase):
    def test_keys_of_the_contract(self):
        (entry,) = self.json("profile", SMALL, *QUICK)
        self.assertEqual(list(entry), ["archid", "latency", "memory", "hardware", "protocol"])
        latency = entry["latency"]
        self.assertEqual(list(latency), ["median_s", "mean_s", "min_s", "p90_s", "ci95_s",
                                         "samples_s", "warmup_runs", "verdict", "relative_ci",
                                         "stop_reason", "slowdown", "sentinel_reference_s", "raw"])
        raw = latency["raw"]
        self.assertEqual({len(column) for column in raw.values()}, {len(raw["times_s"])})
        self.assertGreaterEqual(len(raw["times_s"]), len(latency["samples_s"]))
        self.assertGreater(latency["sentinel_reference_s"]["compute"], 0)
        self.assertGreaterEqual(len(latency["samples_s"]), 3)
        self.assertEqual(latency["min_s"], min(latency["samples_s"]))
        self.assertEqual(latency["median_s"], statistics.median(latency["samples_s"]))
        low, high = latency["ci95_s"]
        self.assertLessEqual(low, high)
        self.assertIn(latency["verdict"], ["clean", "noisy"])
        self.assertIn("cpu_model", entry["hardware"])
        self.assertIn("libtorch", entry["hardware"])

    def test_weights_are_those_of_describe_and_halve_in_bfloat16(self):
        described = self.json("describe", SMALL, LARGER)
        for dtype, value_bytes in (("float32", 4), ("bfloat16", 2)):
            measured = self.json("profile", SMALL, LARGER, *QUICK, "--set", f"dtype={dtype}")
            for entry, theirs in zip(measured, described, strict=True):
                self.assertEqual(entry["archid"], theirs["archid"])
                weights = entry["memory"]["weight_bytes"]
                self.assertEqual(weights, value_bytes * theirs["total_params"])
                self.assertGreater(entry["memory"]["peak_bytes"], weights)

    def test_the_default_is_the_published_protocol(self):
        (entry,) = self.json("profile", SMALL, *RUNS)
        protocol = entry["protocol"]
        self.assertEqual(protocol["name"], "cpu-1-thread")
        self.assertEqual((protocol["threads"], protocol["sequence_length"], protocol["batch_size"],
                          protocol["past_length"]), (1, 192, 1, 0))

    def test_a_hardware_file_of_the_users(self):
        file = self.write("pi.yaml", "{sequence_length: 1, past_length: 40, batch_size: 2,"
                          " stop: {max_runs: 2}}")
        (entry,) = self.json("profile", SMALL, "--hardware", file, "--set", "threads=2")
        self.assertEqual(entry["protocol"]["name"], "pi")
        self.assertEqual(entry["protocol"]["past_length"], 40)
        self.assertEqual(entry["hardware"]["threads"], 2)

    def test_a_signal_keeps_what_was_measured(self):
        stop = "stop={relative_ci: 0, min_runs: 3, max_runs: 1000000, max_seconds: 2}"
        out, err = self.interrupted("profile", SMALL, LARGER, "--set", "sequence_length=16",
                                    "--set", stop, "--json")
        self.assertEqual(len(json.loads(out)), 1, err)
        self.assertIn("1 of 2 architectures were measured", err)

    def test_tables_and_progress(self):
        done = self.lts("profile", SMALL, LARGER, *QUICK)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("median_ms", lines[0])
        self.assertIn("2/2", done.stderr)
        text = self.lts("profile", SMALL, *QUICK, "--format", "csv").stdout
        (row,) = csv.DictReader(io.StringIO(text))
        self.assertEqual(row["archid"], self.json("describe", SMALL)[0]["archid"])
        self.assertEqual(row["runs"], "3")

    def test_help_has_an_example(self):
        text = self.lts("profile", "--help").stdout
        self.assertIn("lts profile 0e1b5a3c --hardware", text)

    def test_a_sequence_without_positions_is_refused_before_anything_is_measured(self):
        message = self.refusal("profile", "0e1b5a3c", SMALL, "--set", "past_length=100")
        self.assertIn("sequence_length 192 + past_length 100 is greater than "
                      "max_sequence_length 256", message)
        self.assertNotIn("device", self.refusal("profile", SMALL, "--set", "device=cpu",
                                                "--set", "past_length=100"))

    def test_the_agent_speaks_the_devices_protocol(self):
        config = json.dumps(self.json("describe", SMALL)[0]["config"])
        request = (f'{{"id": 7, "model": null, "family": "gpt2", "config": {config}, '
                   '"batch_size": 1, "sequence_length": 16, "past_length": 0, "threads": 1, '
                   '"dtype": "float32", "runs": 3}\n')
        done = subprocess.run([LTS, "profile", "--agent"], input=request, capture_output=True,
                              text=True, timeout=60, check=True, env=self.environment)
        hello, answer = map(json.loads, done.stdout.splitlines())
        self.assertEqual(hello["lts"], 1)
        self.assertIn("libtorch", hello["device"])
        self.assertEqual((answer["id"], len(answer["samples_s"])), (7, 3))
        self.assertGreater(answer["peak_bytes"], 0)

    def test_another_lts_as_the_device(self):
        file = self.write("agent.yaml", f"run: [{LTS}, profile, --agent]\nartifact: {{format: none}}"
                          "\nsequence_length: 16\nstop: {relative_ci: 0, min_runs: 3, max_runs: 3}\n")
        (entry,) = self.json("profile", SMALL, "--hardware", file)
        self.assertEqual(entry["protocol"]["run"][1:], ["profile", "--agent"])
        self.assertIn("libtorch", entry["hardware"])
        self.assertGreater(entry["latency"]["sentinel_reference_s"]["compute"], 0)

    def test_one_that_fails_does_not_stop_the_others(self):
        huge = "gpt2:n_layer=10,d_model=1000000,d_inner=1000000,n_head=1"
        done = self.lts("profile", SMALL, huge, LARGER, *QUICK, "--json", status=1)
        self.assertIn("1 of 3 architectures failed", done.stderr)
        first, failed, last = json.loads(done.stdout)
        self.assertIn("latency", first)
        self.assertEqual(list(failed), ["archid", "error"])
        self.assertEqual(failed["error"]["kind"], "candidate")
        self.assertIn("out of memory", failed["error"]["reason"])
        self.assertIn(failed["error"]["reason"], done.stderr)
        self.assertEqual(last["archid"], self.json("describe", LARGER)[0]["archid"])
        table = self.lts("profile", SMALL, huge, *QUICK, "--format", "csv", status=1).stdout
        self.assertEqual(len(table.splitlines()), 2)

    def test_messages(self):
        self.assertIn("--agent takes no ARCH", self.refusal("profile", SMALL, "--agent"))
        for words in (["--table"], ["--grid", "threads=1"], ["--format", "csv"], ["--cache", "c.jsonl"],
                      ["--json"]):
            self.assertEqual(self.refusal("profile", "--agent", *words),
                             f"--agent takes no {words[0]}: it answers the lts that asks, which prints "
                             "and keeps")
        file = self.write("remote.yaml", "run: [./device]\n")
        self.assertIn("has run: an agent measures with", self.refusal("profile", "--agent",
                                                                      "--hardware", file))
        self.assertIn("missing arch", self.refusal("profile"))
        self.assertTrue(self.refusal("profile", SMALL, "--hardware", "none.yaml")
                        .startswith("none.yaml: "))
        file = self.write("hw.yaml", "device: cpu\nthreds: 2\n")
        self.assertTrue(self.refusal("profile", SMALL, "--hardware", file)
                        .startswith("hw.yaml:2:1: unknown key 'threds'; did you mean 'threads'?"))
        self.assertIn("threads is 'x'", self.refusal("profile", SMALL, "--set", "threads=x"))
        self.assertIn("min_runs 5 is greater than max_runs 3",
                      self.refusal("profile", SMALL, "--set", "stop.max_runs=3"))
        self.assertIn("must look like", self.refusal("profile", SMALL, "--set", "threads"))
        self.assertIn("unknown format", self.refusal("profile", SMALL, "--format", "html"))

    def test_cuda_is_refused_where_there_is_none(self):
        if self.json_version()["cuda"] is not None:
            self.skipTest("a LibTorch with CUDA")
        file = self.write("gpu.yaml", "threads: 1\ndevice: cuda\n")
        message = self.refusal("profile", SMALL, "--hardware", file)
        self.assertTrue(message.startswith("gpu.yaml:2:9: device cuda is not available: "), message)
        self.assertTrue(message.endswith("device cpu works"), message)

    def json_version(self):
        return self.json("--version")

    def test_a_model_that_does_not_fit_fails_underneath(self):
        huge = "gpt2:n_layer=10,d_model=1000000,d_inner=1000000,n_head=1"
        self.assertIn("out of memory", self.refusal("profile", huge, *QUICK, status=1))


if __name__ == "__main__":
    unittest.main()
