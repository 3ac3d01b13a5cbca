"""`lts train` on several ranks: started by hand, by torchrun and as Slurm would; stopped, killed, resumed."""

import importlib.util
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(os.environ["LTS_SOURCE_DIR"]) / "tests" / "cli"))
from lts_program import LTS, LtsTestCase  # pylint: disable=wrong-import-position

MODEL = "gpt2:n_layer=2,d_model=32,d_inner=48,n_head=2"
CONFIG = """steps: 12
global_batch_size: 8
micro_batch_size: 2
sequence_length: 24
threads: 1
learning_rate: 3.0e-3
log_every: 1
validate: {every: 5, batches: 3}
checkpoint: {every: 4, every_minutes: 0, keep: 2}
distributed: {timeout_s: 20}
"""
HOST = socket.gethostname()
LIMIT_S = 240  # a loaded machine; nothing here is to take long


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def torchrun_environments(ranks):
    port = str(free_port())
    return [{"RANK": str(rank), "WORLD_SIZE": str(ranks), "LOCAL_RANK": str(rank),
             "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port} for rank in range(ranks)]


def slurm_environments(ranks):
    job = str(os.getpid())
    return [{"SLURM_PROCID": str(rank), "SLURM_NTASKS": str(ranks), "SLURM_LOCALID": str(rank),
             "SLURM_JOB_ID": job, "SLURM_STEP_ID": "0", "SLURM_JOB_NODELIST": "localhost"}
            for rank in range(ranks)]


def log_of(folder):
    """({step: loss}, {step: validation loss}) of log.jsonl."""
    losses, validations = {}, {}
    for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if "loss" in record:
            losses[record["step"]] = record["loss"]
        else:
            validations[record["step"]] = record["validation_loss"]
    return losses, validations


class ParallelTraining(LtsTestCase):
    def setUp(self):
        super().setUp()
        for name in list(self.environment):
            if name.startswith(("SLURM_", "TORCHELASTIC_")) or name in torchrun_environments(1)[0]:
                del self.environment[name]
        text = "".join(f"Verse {i % 41}: and the earth was without form, and void.\n" for i in range(500))
        self.write("text.txt", text)
        self.write("train.yaml", CONFIG)
        self.lts("prepare", "text.txt", "-o", "data")
        self.processes = []
        self.addCleanup(self.end_all)

    def end_all(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def words(self, name, *more):
        return ["train", "train.yaml", "--model", MODEL, "--data", "data", "-o", name, *more]

    def start(self, environments, name, *more, each=lambda rank: [], preexec=lambda rank: None):
        self.start_words(environments, lambda rank: self.words(name, *more, *each(rank)), preexec)

    def start_words(self, environments, words, preexec=lambda rank: None):
        self.end_all()
        self.processes = [
            subprocess.Popen([LTS, *words(rank)], cwd=self.folder, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env={**self.environment, **environment},
                             preexec_fn=preexec(rank))
            for rank, environment in enumerate(environments)]

    def ended(self, *without):
        """[(status, standard output, standard error)] of the ranks that are not `without`."""
        ends = []
        for rank, process in enumerate(self.processes):
            if rank not in without:
                out, err = process.communicate(timeout=LIMIT_S)
                ends.append((process.returncode, out, err))
        return ends

    def trained(self, ranks, name, *more):
        """Trains on so many ranks; the result that rank 0 prints, and it alone."""
        self.start(torchrun_environments(ranks) if ranks > 1 else [{}], name, *more, "--json")
        ends = self.ended()
        self.assertEqual([status for status, _, _ in ends], [0] * ranks, ends)
        self.assertEqual([(out, err) for _, out, err in ends[1:]], [("", "")] * (ranks - 1))
        return json.loads(ends[0][1])

    def at_step(self, step):
        """Waits until rank 0 has said that the step is done."""
        for line in self.processes[0].stderr:
            if line.startswith(f"step {step}/"):
                return
        self.fail("rank 0 ended before")

    def assert_same_losses(self, one, other):
        for first, second in zip(log_of(self.folder / one), log_of(self.folder / other)):
            self.assertEqual(list(first), list(second))
            for step, loss in first.items():
                self.assertAlmostEqual(loss, second[step], delta=1e-5, msg=f"{one} {other} {step}")

    def test_losses_do_not_depend_on_the_number_of_ranks(self):
        results = {ranks: self.trained(ranks, f"on{ranks}") for ranks in (1, 2, 4)}
        self.assertEqual(len(log_of(self.folder / "on1")[0]), 12)
        for ranks in (2, 4):
            self.assert_same_losses("on1", f"on{ranks}")
            self.assertEqual(results[ranks]["tokens"], results[1]["tokens"])
            self.assertAlmostEqual(results[ranks]["perplexity"], results[1]["perplexity"], delta=0.1)
            record = json.loads((self.folder / f"on{ranks}" / "log.jsonl").read_text().splitlines()[-2])
            self.assertGreater(record["comm_wait_fraction"], 0)
            hosts = json.loads((self.folder / f"on{ranks}" / "environment.json").read_text())["hosts"]
            self.assertEqual(hosts, [HOST] * ranks)
        self.assertEqual(sorted(os.listdir(self.folder / "on1")), sorted(os.listdir(self.folder / "on4")))

    def test_dropout_does_not_either_where_the_passes_are_the_same(self):
        for ranks in (1, 2):
            self.trained(ranks, f"on{ranks}", "--set", "dropout=0.2")
        self.assert_same_losses("on1", "on2")

    def test_two_runs_on_the_same_ranks_are_equal_bit_for_bit(self):
        for name in ("one", "two"):
            self.trained(2, name)
        weights = [(self.folder / name / "model.safetensors").read_bytes() for name in ("one", "two")]
        self.assertEqual(weights[0], weights[1])

    def test_a_signal_to_any_rank_stops_all_and_other_ranks_go_on(self):
        self.trained(1, "whole", "--set", "steps=60")
        for number, to in ((signal.SIGTERM, (0, 1)), (signal.SIGUSR2, (1,))):
            name = f"stopped{number}"
            self.start(torchrun_environments(2), name, "--set", "steps=60")
            self.at_step(9)
            for rank in to:
                self.processes[rank].send_signal(number)
            ends = self.ended()
            self.assertEqual([status for status, _, _ in ends], [75, 75], ends)
            self.assertIn("; add --resume to go on", ends[0][2])
            self.assertEqual(ends[1][2], "")
            self.trained(4 if number == signal.SIGTERM else 1, name, "--set", "steps=60", "--set",
                         "distributed.timeout_s=30", "--resume")
            self.assert_same_losses("whole", name)
            self.assertIn('"restart":1', (self.folder / name / "log.jsonl").read_text())

    def test_a_resumed_run_keeps_its_global_batch(self):
        self.write("train.yaml", CONFIG.replace("global_batch_size: 8\n", ""))
        self.start(torchrun_environments(2), "run", "--set", "steps=60")
        self.at_step(9)
        self.processes[0].send_signal(signal.SIGTERM)
        self.assertEqual([status for status, _, _ in self.ended()], [75, 75])
        result = self.trained(1, "run", "--set", "steps=60", "--resume")
        self.assertEqual(result["tokens"], 60 * 4 * 24)
        config = (self.folder / "run" / "config.yaml").read_text()
        self.assertIn("global_batch_size: 4", config)

    def test_a_write_to_a_rank_that_is_gone_does_not_end_the_others_unheard(self):
        # Sent by hand: the kernel sends it only where the loss is not read of before the write.
        self.start(torchrun_environments(2), "run", "--set", "steps=60")
        self.at_step(9)
        for process in self.processes:
            process.send_signal(signal.SIGPIPE)
        self.assertEqual([status for status, _, _ in self.ended()], [0, 0])

    def test_a_killed_rank_ends_the_others_which_name_it(self):
        for killed in (0, 2):
            name = f"killed{killed}"
            self.start(torchrun_environments(3), name, "--set", "steps=100000", "--set",
                       "global_batch_size=6")
            self.at_step(9)
            self.processes[killed].send_signal(signal.SIGKILL)
            for status, _, err in self.ended(killed):
                self.assertEqual(status, 1, err)
                self.assertIn(f"rank {killed} on {HOST} has died", err.splitlines()[-1])

    def test_a_rank_that_hangs_ends_the_others_in_time(self):
        for stopped in (0, 1):
            name = f"hangs{stopped}"
            self.start(torchrun_environments(2), name, "--set", "steps=100000", "--set",
                       "distributed.timeout_s=5")
            self.at_step(9)
            self.processes[stopped].send_signal(signal.SIGSTOP)
            (status, _, err), = self.ended(stopped)
            self.assertEqual(status, 1, err)
            self.assertIn(f"rank {stopped} on {HOST} has died, hangs or cannot be reached", err.splitlines()[-1])
            self.assertIn("(distributed.timeout_s is 5)", err)

    def test_a_request_to_stop_is_not_kept_waiting_by_a_rank_that_hangs(self):
        self.start(torchrun_environments(2), "run", "--set", "steps=100000", "--set",
                   "distributed.timeout_s=600", "--set", "shutdown_timeout_s=4")
        self.at_step(9)
        self.processes[1].send_signal(signal.SIGSTOP)
        self.processes[0].send_signal(signal.SIGTERM)
        (status, _, err), = self.ended(1)
        self.assertEqual(status, 1, err)
        self.assertIn(f"rank 1 on {HOST} has died, hangs or cannot be reached", err.splitlines()[-1])
        self.assertIn("(asked to stop; shutdown_timeout_s is 4)", err)

    def test_a_rank_that_is_started_otherwise_is_refused(self):
        def each(rank):
            return ["--set", "learning_rate=0.004"] if rank == 1 else []

        self.start(torchrun_environments(2), "run", each=each)
        for status, _, err in self.ended():
            self.assertEqual(status, 2, err)
            self.assertIn(f"rank 1 on {HOST}: learning_rate is 0.004 here, but 0.003 on rank 0; ", err)

    def test_what_rank_0_refuses_all_refuse_and_it_alone_says(self):
        self.trained(1, "run")
        self.start(torchrun_environments(2), "run")
        ends = self.ended()
        self.assertEqual([status for status, _, _ in ends], [2, 2])
        self.assertIn("holds a training run already", ends[0][2])
        self.assertEqual(ends[1][2], "")

    def test_a_full_disk_ends_all_at_the_end_and_the_run_goes_on_with_room(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (8_000_000, resource.RLIM_INFINITY))

        self.start(torchrun_environments(2), "full", preexec=lambda rank: limit if rank == 0 else None)
        said = []
        for line in self.processes[0].stderr:
            said.append(line)
            if "waiting a minute for room" in line:
                break
        self.processes[0].send_signal(signal.SIGTERM)
        ends = self.ended()
        self.assertEqual([status for status, _, _ in ends], [1, 1], ends)
        self.assertIn("cannot be written", ends[0][2].splitlines()[-1])
        self.assertIn("there is no checkpoint yet", ends[0][2].splitlines()[-1])
        warnings = [line for line in said if "the training goes on and tries to save" in line]
        self.assertEqual(len(warnings), 1, said)
        self.assertTrue(warnings[0].startswith("step 4: "), said)
        self.assertEqual(ends[1][2], "")
        self.trained(2, "full", "--resume")
        self.trained(1, "whole")
        self.assert_same_losses("whole", "full")

    def test_winners_are_trained_by_all_ranks(self):
        winners = self.folder / "search" / "winners"
        winners.mkdir(parents=True)
        (winners / "winners.csv").write_text("index,archid\n0,gpt2_x\n1,gpt2_y\n")
        for layers, name in enumerate(["gpt2_x", "gpt2_y"]):
            (winners / f"{name}.yaml").write_text(
                f"family: gpt2\nn_layer: {layers + 1}\nd_model: 32\nd_inner: 48\nn_head: 2\n")
        words = ["train", "train.yaml", "--winners", "search", "--data", "data", "-o", "all", "--json"]
        self.start_words(torchrun_environments(2), lambda rank: words)
        ends = self.ended()
        self.assertEqual([status for status, _, _ in ends], [0, 0], ends)
        self.assertEqual(len(json.loads(ends[0][1])), 2)
        self.assertTrue((self.folder / "all" / "gpt2_y" / "model.safetensors").exists())

    def test_slurms_environment(self):
        self.start(slurm_environments(2), "slurm")
        self.assertEqual([status for status, _, _ in self.ended()], [0, 0])
        self.trained(1, "one")
        self.assert_same_losses("one", "slurm")

    def test_torchrun(self):
        if importlib.util.find_spec("torch") is None:
            self.skipTest("no torch in this Python")
        launched = subprocess.run(
            [sys.executable, "-m", "torch.distributed.run", "--no-python", "--nproc-per-node", "2",
             "--master-port", str(free_port()), LTS, *self.words("torchrun")],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=LIMIT_S,
            check=False)
        self.assertEqual(launched.returncode, 0, launched.stderr)
        self.trained(1, "one")
        self.assert_same_losses("one", "torchrun")

    def test_variables_that_are_missing_or_wrong_are_named(self):
        environment = torchrun_environments(2)[1]
        for name, value, message in [
                ("MASTER_ADDR", "", "MASTER_ADDR is not set: torchrun sets RANK, WORLD_SIZE, "),
                ("RANK", "2", "RANK is '2'; accepted: an integer from 0 to 1 (WORLD_SIZE is 2)"),
                ("MASTER_ADDR", "no-such-host.invalid", "MASTER_ADDR is 'no-such-host.invalid': ")]:
            said = self.refusal(*self.words("run"), env={**environment, name: value})
            self.assertTrue(said.startswith(message), said)
        self.write("train.yaml", CONFIG.replace("global_batch_size: 8", "global_batch_size: 7"))
        said = self.refusal(*self.words("run"), env=environment)
        self.assertEqual(said, "train.yaml:2:20: global_batch_size is 7, which 2 ranks cannot share "
                               "evenly; accepted: a multiple of 2")
        self.assertFalse((self.folder / "run").exists())


if __name__ == "__main__":
    unittest.main()
