"""layering.py must find each kind of wrong #include in a small tree, and none in a right one."""

import pathlib
import tempfile
import unittest

import layering

TARGETS = """\
lts_core core/file.cpp
lts_space space/gpt2/counts.cpp
lts_model space/gpt2/model.cpp
lts_search search/front/pareto.cpp
lts_data train/data/shard.cpp
lts_onnx deploy/graph.cpp
lts_train train/trainer.cpp
lts cli/main.cpp
"""
RIGHT = {
    "core/file.h": "#include <string>\n",
    "core/file.cpp": '#include "core/file.h"\n#include <spdlog/spdlog.h>\n',
    "space/gpt2/counts.h": '#include "core/file.h"\n',
    "space/gpt2/counts.cpp": '#include "space/gpt2/counts.h"\n',
    "space/gpt2/model.h": '#include <torch/torch.h>\n\n#include "space/gpt2/counts.h"\n',
    "space/gpt2/model.cpp": '#include "space/gpt2/model.h"\n',
    "space/language_model.h": "#include <torch/types.h>\n",
    "search/front/pareto.h": '#include "space/gpt2/counts.h"\n',
    "search/front/pareto.cpp": '#include "search/front/pareto.h"\n#include <tbb/parallel_for.h>\n',
    "deploy/graph.h": '#include <onnx/onnx_pb.h>\n',
    "deploy/graph.cpp": '#include "deploy/graph.h"\n\n#include "space/gpt2/counts.h"\n',
    "train/data/shard.cpp": '#include "core/file.h"\n',
    "train/trainer.cpp": '#include "space/language_model.h"\n',
    "cli/main.cpp": '#include "search/front/pareto.h"\n#include "space/gpt2/model.h"\n',
}


def findings(changes, targets=TARGETS):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (RIGHT | changes).items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return layering.Tree(folder, targets).check()


class Layering(unittest.TestCase):
    def test_accepts_a_tree_along_the_arrows(self):
        self.assertEqual(findings({}), [])

    def test_finds_an_include_against_an_arrow(self):
        self.assertEqual(findings({"space/gpt2/counts.h": '\n#include "search/front/pareto.h"\n',
                                   "search/front/pareto.h": ""}),
                         ['space/gpt2/counts.h:2: lts_space must not include "search/front/pareto.h" of '
                          'lts_search'])

    def test_finds_an_include_between_branches(self):
        self.assertEqual(findings({"train/trainer.cpp": '#include "search/front/pareto.h"\n'}),
                         ['train/trainer.cpp:1: lts_train must not include "search/front/pareto.h" of '
                          'lts_search'])

    def test_finds_a_torch_header_that_an_own_header_brings_in(self):
        found = findings({"search/front/pareto.cpp": '\n#include "space/gpt2/model.h"\n'})
        self.assertEqual(found, [
            'search/front/pareto.cpp:2: lts_search is free of LibTorch, yet sees <torch/torch.h>',
            'search/front/pareto.cpp:2: lts_search must not include "space/gpt2/model.h" of lts_model'])

    def test_counts_a_header_without_source_that_sees_torch_to_the_torch_target(self):
        self.assertEqual(findings({"search/front/pareto.h": '#include "space/language_model.h"\n'}), [
            'search/front/pareto.cpp:1: lts_search is free of LibTorch, yet sees <torch/types.h>',
            'search/front/pareto.h:1: lts_search is free of LibTorch, yet sees <torch/types.h>',
            'search/front/pareto.h:1: lts_search must not include "space/language_model.h" of lts_model'])

    def test_finds_spdlog_beside_torch(self):
        self.assertEqual(findings({"cli/main.cpp": '#include <spdlog/spdlog.h>\n'
                                                   '#include "space/gpt2/model.h"\n'}),
                         ["cli/main.cpp:1: <spdlog/spdlog.h> does not compile beside LibTorch's "
                          "headers"])

    def test_finds_onnx_beside_torch(self):
        self.assertEqual(findings({"train/trainer.cpp": '#include "deploy/graph.h"\n'
                                                        '#include "space/language_model.h"\n'}),
                         ["train/trainer.cpp:1: <onnx/onnx_pb.h> does not compile beside "
                          "LibTorch's headers"])

    def test_finds_torch_behind_onnx(self):
        self.assertEqual(findings({"deploy/graph.cpp": '#include "space/gpt2/model.h"\n'}), [
            'deploy/graph.cpp:1: lts_onnx is free of LibTorch, yet sees <torch/torch.h>',
            'deploy/graph.cpp:1: lts_onnx must not include "space/gpt2/model.h" of lts_model'])

    def test_finds_tbb_in_core(self):
        self.assertEqual(findings({"core/file.cpp": "#include <tbb/parallel_for.h>\n"}),
                         ["core/file.cpp:1: lts_core is free of TBB, yet sees "
                          "<tbb/parallel_for.h>"])

    def test_finds_a_source_that_no_target_lists(self):
        self.assertEqual(findings({"core/forgotten.cpp": ""}),
                         ["core/forgotten.cpp:1: no target lists this file"])

    def test_finds_a_target_that_has_no_place(self):
        self.assertEqual(findings({}, TARGETS.replace("lts cli", "tool cli")),
                         ["cli/main.cpp:1: target tool has no place in the layers"])

    def test_finds_an_include_of_a_test_file(self):
        self.assertEqual(findings({"core/file.cpp": '#include "tests/fakes/objective.h"\n'}),
                         ['core/file.cpp:1: "tests/fakes/objective.h" is no header of the product'])

    def test_finds_a_cycle(self):
        found = findings({"core/file.h": '#include "core/other.h"\n',
                          "core/other.h": '#include "core/file.h"\n'})
        self.assertEqual(len(found), 1)
        self.assertIn("core/file.h -> core/other.h -> core/file.h", found[0])


if __name__ == "__main__":
    unittest.main()
