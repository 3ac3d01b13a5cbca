"""Kills searches with `kill -9` at random moments and resumes them: what a run must survive.

Used by kill_test.py and by experiments/kills."""

import csv
import os
import subprocess
import time

# The columns that tell the time and so differ between any two runs.
CLOCK = {"search_walltime_hours", "elapsed_s"}


def write_table(path):
    """A CSV of every member of the published space: a latency that no closed form gives, a
    checksum of the genes beside what the arithmetic costs."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["n_layer", "d_model", "d_inner", "n_head", "latency_median_s"])
        for n_layer in range(1, 11):
            for d_model in range(128, 961, 64):
                for d_inner in range(128, 961, 64):
                    for n_head in (2, 4, 8):
                        noise = (n_layer * 7919 + d_model * 104729 + d_inner * 1299709 + n_head) % 1009
                        flops = n_layer * (4 * d_model * d_model + 2 * d_model * d_inner)
                        rows.writerow([n_layer, d_model, d_inner, n_head,
                                       flops * 2e-9 * (1 + noise / 5045)])


def outcome(folder):
    """What of a run's files must be the same, whatever happened to it on its way."""
    def without_clock(name):
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            return [{k: v for k, v in row.items() if k not in CLOCK} for row in csv.DictReader(file)]

    with open(os.path.join(folder, "front.csv"), "rb") as file:
        front = file.read()
    return front, without_clock("search_state.csv"), without_clock("evaluations.csv")


class KilledRuns:
    """A search that is run undisturbed once, and then killed again and again."""

    def __init__(self, lts, config, folder, random):
        self.words = [lts, "search", config, "--resume", "-o"]
        self.folder, self.random = folder, random
        self.kills = self.kills_with_journal = self.runs = 0
        begun = time.monotonic()
        self.whole = self.finish("whole")
        self.whole_s = time.monotonic() - begun

    def finish(self, name):
        """Goes on with the run of that name to its end."""
        folder = os.path.join(self.folder, name)
        done = subprocess.run([*self.words, folder], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"status {done.returncode}: {done.stderr}")
        return outcome(folder)

    def kill_once(self, name):
        """Runs it for a random time and kills it; whether there was something to kill."""
        folder = os.path.join(self.folder, name)
        fresh, begun = not os.path.exists(folder), time.monotonic()
        process = subprocess.Popen([*self.words, folder], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=self.random.uniform(0, self.whole_s))
            if fresh:  # on a machine that is less busy by now
                self.whole_s = time.monotonic() - begun
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.kills += 1
        self.kills_with_journal += os.path.exists(os.path.join(folder, "journal.jsonl"))
        return True

    def disturb(self, kills):
        """Kills until there were so many; each run is killed one to three times and then resumed to
        its end, which must be that of the undisturbed one."""
        while self.kills < kills:
            self.runs += 1
            name = f"run{self.runs}"
            for _ in range(self.random.choice((1, 1, 2, 3))):
                if self.kills < kills and not self.kill_once(name):
                    break
            if self.finish(name) != self.whole:
                raise AssertionError(f"{self.folder}/{name} is not what the undisturbed run was")
