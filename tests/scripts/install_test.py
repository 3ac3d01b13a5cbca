"""cmake --install gives a folder that runs after it was moved, with nothing of this tree in sight.

usage: install_test.py BUILD_FOLDER. Only the system's own libraries may come from outside; the
program runs in an environment that names neither LibTorch nor the tokenizer.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
FROM_THE_SYSTEM = re.compile(r"(ld-linux.*|linux-vdso|lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+|resolv"
                             r"|util))\.so")


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(dir=BUILD)
        first = pathlib.Path(cls.scratch.name, "first")
        subprocess.run(["cmake", "--install", BUILD, "--prefix", first], check=True,
                       stdout=subprocess.DEVNULL)
        cls.folder = first.rename(pathlib.Path(cls.scratch.name, "moved away"))

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def run_lts(self, *words, **keywords):
        done = subprocess.run([self.folder / "bin/lts", *words], cwd="/", env={"HOME": "/"},
                              stdout=subprocess.PIPE, check=True, **keywords)
        return json.loads(done.stdout)

    def test_holds_what_the_manual_names(self):
        for name in ("bin/lts", "lib/libtorch_cpu.so", "share/lts/gpt2-tokenizer/encoder.json",
                     "share/lts/gpt2-tokenizer/vocab.bpe", "configs/search", "LICENSE"):
            self.assertTrue((self.folder / name).exists(), name)

    def test_every_library_comes_from_the_folder_or_is_the_system_s(self):
        listing = subprocess.run(["ldd", self.folder / "bin/lts"], env={"PATH": os.environ["PATH"]},
                                 text=True, check=True, stdout=subprocess.PIPE).stdout
        self.assertNotIn("not found", listing)
        loaded = re.findall(r"^\s*(\S+) => (.+) \(0x", listing, re.MULTILINE)
        self.assertIn("libtorch_cpu.so", dict(loaded))
        for name, path in loaded:
            inside = pathlib.Path(os.path.realpath(path)).is_relative_to(
                os.path.realpath(self.folder / "lib"))
            self.assertNotEqual(inside, bool(FROM_THE_SYSTEM.match(name)), f"{name} => {path}")

    def refusal(self, *words):
        done = subprocess.run([self.folder / "bin/lts", *words], cwd="/", env={"HOME": "/"}, text=True,
                              input="", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_finds_its_own_published_architectures_from_any_folder(self):
        published = self.run_lts("describe", "gpt2_a9e31479", "--json")
        self.assertTrue(published[0]["archid"].startswith("gpt2_a9e31479"))
        for file in (self.folder / "configs/models").glob("gpt2_a9e31479*"):
            file.unlink()
        self.assertIn("gpt2_a9e31479", self.refusal("describe", "gpt2_a9e31479"))

    def test_finds_its_own_tokenizer(self):
        # GPT-2's id of "hello" as tiktoken gives it.
        self.assertEqual(self.run_lts("tokenize", "--json", input=b"hello")["ids"], [31373])
        merges = self.folder / "share/lts/gpt2-tokenizer/vocab.bpe"
        merges.write_text("not merges")
        self.assertTrue(self.refusal("tokenize").startswith(str(merges)))


if __name__ == "__main__":
    unittest.main()
