"""The tree's .clang-tidy and .clang-format must find what they are there to find, and spare what the
style guide allows. Skipped (status 77) where scripts/setup --test has not brought the tools."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else sys.executable).parent

WRONG = """\
#define PLAIN_MACRO 1
namespace BadSpace {
struct bad_type { int BadField = 0; };
enum class Colour { red };
constexpr int limit = 3;
class Box {
 public:
  int BadMethod(int badParameter) const { return content + badParameter; }

 private:
  int content = 0;
};
int BadFunction() {
  int badVariable = limit;
  return badVariable;
}
}  // namespace BadSpace
"""
RIGHT = """\
#define LTS_MACRO 1
namespace good_space {
struct GoodType {
  int good_field = 0;
};
enum class Colour { kRed };
constexpr int kLimit = 3;
class Box {
 public:
  int good_method(int hidden_BTD) const { return content_ + hidden_BTD; }

 private:
  int content_ = 0;
};
int good_function() {
  const int weights_DV = kLimit;
  static const GoodType instance;
  return weights_DV + instance.good_field;
}
}  // namespace good_space
"""


class CheckStyle(unittest.TestCase):
    def run_tool(self, text, *command):
        with tempfile.TemporaryDirectory() as folder:
            for settings in (".clang-tidy", ".clang-format"):
                (pathlib.Path(folder) / settings).write_text((ROOT / settings).read_text())
            file = pathlib.Path(folder) / "probe.cpp"
            file.write_text(text)
            program, *options = command
            done = subprocess.run([TOOLS / program, *options[:1], file, *options[1:]], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return done.returncode, done.stdout

    def test_clang_tidy_refuses_each_kind_of_wrong_name(self):
        status, output = self.run_tool(WRONG, "clang-tidy", "--quiet", "--", "-std=c++20")
        named = set(re.findall(r"error: invalid case style for [\w ]+ '(\w+)'", output))
        self.assertEqual(named, {"PLAIN_MACRO", "BadSpace", "bad_type", "BadField", "red", "limit",
                                 "BadMethod", "badParameter", "content", "BadFunction",
                                 "badVariable"})
        self.assertNotEqual(status, 0)

    def test_clang_tidy_accepts_the_guide_s_names_and_tensor_suffixes(self):
        self.assertEqual(self.run_tool(RIGHT, "clang-tidy", "--quiet", "--", "-std=c++20"), (0, ""))

    def test_clang_format_refuses_another_form(self):
        status, output = self.run_tool("int  f( ){return 1;}\n", "clang-format", "--dry-run",
                                       "-Werror")
        self.assertIn("code should be clang-formatted", output)
        self.assertEqual(status, 1)

    def test_clang_format_accepts_its_own_form(self):
        self.assertEqual(self.run_tool(RIGHT, "clang-format", "--dry-run", "-Werror"), (0, ""))


if __name__ == "__main__":
    if not (TOOLS / "clang-tidy").exists() or not (TOOLS / "clang-format").exists():
        print(f"no clang-tidy and clang-format in {TOOLS}: scripts/setup --test brings them")
        sys.exit(77)
    unittest.main()
