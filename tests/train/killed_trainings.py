"""Kills trainings with `kill -9` and resumes them: what a run must survive.

Used by train_kill_test.py and by experiments/train_kills."""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time

MODEL = "gpt2:n_layer=2,d_model=32,d_inner=48,n_head=2"
CONFIG = """steps: 12
micro_batch_size: 2
sequence_length: 24
threads: 1
learning_rate: 3.0e-3
dropout: 0.1
log_every: 1
validate: {every: 4, batches: 2}
checkpoint: {every: 3, every_minutes: 0, keep: 2}
"""
TEXT = "".join(f"Verse {i % 41}: and the earth was without form, and void.\n" for i in range(500))

# What tells times, memory and how often it was resumed, and so differs between any two runs.
MEASURED = {"tokens_per_s", "gemm_fraction", "data_wait_fraction", "comm_wait_fraction",
            "peak_memory_bytes", "elapsed_s", "time_left_s", "restart"}
LIMIT_BYTES = 4_000_000  # less than the weights


def without_measured(text):
    return {key: value for key, value in json.loads(text).items() if key not in MEASURED}


def outcome(folder):
    """What of a finished run's files must be the same, whatever happened to it on its way."""
    last = folder / "checkpoints" / "step-12"
    return {"weights": (folder / "model.safetensors").read_bytes(),
            "checkpoint": (last / "model.safetensors").read_bytes(),
            "optimizer": (last / "optimizer.safetensors").read_bytes(),
            "state": without_measured((last / "trainer_state.json").read_text()),
            "log": [without_measured(line)
                    for line in (folder / "log.jsonl").read_text().splitlines()]}


def is_writing_checkpoint(folder):
    """Whether the run is writing a checkpoint; of a killed one, whether it died doing so."""
    checkpoints = folder / "checkpoints"
    return checkpoints.is_dir() and any(name.startswith(".unfinished-")
                                        for name in os.listdir(checkpoints))


class KilledTrainings:
    """A training that is run undisturbed once, and then killed again and again."""

    def __init__(self, lts, folder, random):
        self.lts, self.folder, self.random = lts, pathlib.Path(folder), random
        self.kills = self.kills_in_checkpoint = self.runs = 0
        (self.folder / "train.yaml").write_text(CONFIG)
        (self.folder / "text.txt").write_text(TEXT)
        self.finish_command("prepare", "text.txt", "-o", "data")
        begun = time.monotonic()
        self.whole = self.finish("whole")
        self.whole_s = time.monotonic() - begun

    def words(self, name):
        return [self.lts, "train", "train.yaml", "--model", MODEL, "--data", "data", "-o", name,
                "--resume"]

    def finish_command(self, *words):
        done = subprocess.run([self.lts, *words], cwd=self.folder, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"lts {' '.join(words)}: status {done.returncode}: {done.stderr}")
        return done

    def finish(self, name):
        """Goes on with the run of that name to its end."""
        self.finish_command(*self.words(name)[1:])
        return outcome(self.folder / name)

    def start(self, name, **options):
        return subprocess.Popen(self.words(name), cwd=self.folder, stdout=subprocess.DEVNULL,
                                **{"stderr": subprocess.DEVNULL, **options})

    def wait_for_checkpoint(self, process, name):
        """Until it writes one, and then a moment of random length; False where it ended before."""
        while not is_writing_checkpoint(self.folder / name):
            if process.poll() is not None:
                return False
        time.sleep(self.random.uniform(0, 0.03))
        return True

    def kill_once(self, name, in_checkpoint):
        """Runs it for a random time, or until it writes a checkpoint, and kills it; whether there
        was something to kill."""
        fresh, begun = not (self.folder / name).exists(), time.monotonic()
        process = self.start(name)
        if in_checkpoint:
            self.wait_for_checkpoint(process, name)
        else:
            try:
                process.wait(timeout=self.random.uniform(0, self.whole_s))
                if fresh:  # on a machine that is less busy by now
                    self.whole_s = time.monotonic() - begun
            except subprocess.TimeoutExpired:
                pass
        process.kill()
        if process.wait() != -signal.SIGKILL:
            return False
        self.kills += 1
        self.kills_in_checkpoint += is_writing_checkpoint(self.folder / name)
        return True

    def disturb(self, kills):
        """Kills until there were so many, and while a checkpoint was written a third as many; each
        run is killed one to three times and then resumed to its end, which must be that of the
        undisturbed one."""
        while self.kills < kills or 3 * self.kills_in_checkpoint < kills:
            self.runs += 1
            name = f"run{self.runs}"
            for _ in range(self.random.choice((1, 1, 2, 3))):
                in_checkpoint = self.kills >= kills or self.random.random() < 0.4
                if not self.kill_once(name, in_checkpoint):
                    break
            self.compare(name)

    def compare(self, name):
        """Goes on with a run to its end and compares it to the undisturbed one."""
        found = self.finish(name)
        differs = [part for part, value in self.whole.items() if found[part] != value]
        if differs:
            raise AssertionError(f"{self.folder}/{name}: {', '.join(differs)} of the resumed run "
                                 "differ from the undisturbed one's")
        shutil.rmtree(self.folder / name)

    def start_to_fill(self, name, fill):
        """A run whose disk is full (`fill(process)`) from the first checkpoint on, at its end: it
        has said that it could not save, went on, and waits for room to save the last state. Its
        process and that line."""
        process = self.start(name, stderr=subprocess.PIPE, text=True,
                             preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
        first = self.folder / name / "checkpoints" / "step-3"
        while not first.exists() and process.poll() is None:
            time.sleep(0.001)
        fill(process)
        for line in process.stderr:
            if line.startswith("step 12: ") and "waiting a minute for room" in line:
                return process, line
        process.stderr.close()
        raise AssertionError(f"status {process.wait()}, and it did not wait for room")

    def newest(self, name):
        return max((self.folder / name / "checkpoints").glob("step-*"),
                   key=lambda path: int(path.name.split("-")[1]))

    def fill_disk(self, name, fill, empty):
        """Lets the disk be full from the first checkpoint on until the run ends, which it does when
        it is asked to stop waiting; makes room (`empty(process)`), and checks what the run says,
        that its last checkpoint loads and that it goes on. Returns the message."""
        process, _ = self.start_to_fill(name, fill)
        process.send_signal(signal.SIGTERM)
        message = process.stderr.read().splitlines()[-1]
        process.stderr.close()
        if process.wait() != 1 or "cannot be written" not in message:
            raise AssertionError(f"status {process.returncode}: {message}")
        kept = self.newest(name)
        if f"{name}/checkpoints/{kept.name} is whole" not in message:
            raise AssertionError(f"{kept.name} is there, but: {message}")
        self.finish_command("eval", str(kept), "--data", "data")
        empty(process)
        self.compare(name)
        return message

    def fill_disk_for_a_while(self, name, fill, empty):
        """The same, but there is room again while the run waits: it ends well by itself. Returns
        what it said before."""
        process, line = self.start_to_fill(name, fill)
        self.finish_command("eval", str(self.newest(name)), "--data", "data")
        empty(process)
        rest = process.stderr.read()
        process.stderr.close()
        if process.wait() != 0:
            raise AssertionError(f"status {process.returncode}: {rest}")
        self.compare(name)
        return line.strip()


def limit_files(process):
    """The nearest to a full disk that needs no privilege: no file grows beyond LIMIT_BYTES."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (LIMIT_BYTES, resource.RLIM_INFINITY))


def lift_limit(process):
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
