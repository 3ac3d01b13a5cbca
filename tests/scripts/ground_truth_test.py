"""experiments/paper/make_ground_truth.py on a hand-made folder in the form of the branch's logs."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "experiments" / "paper" / "make_ground_truth.py"
RANDOM_SETS = ["random_GPT2_wt103", "random_GPT2_lm1b", "random_TransXL_wt103", "random_TransXL_lm1b",
               "random_TransXL_wt103_homogeneous"]
PARETO_SETS = ["pareto_GPT2_lm1b_arm", "pareto_GPT2_lm1b_corei7", "pareto_GPT2_lm1b_titanxp",
               "pareto_TransXL_lm1b_arm", "pareto_TransXL_lm1b_corei7", "pareto_TransXL_lm1b_titanxp"]
PARAMS = "  AdaEmb: 700.0\n  Attn: 100.0\n  FFN: 200.0\n  nonembedding: 310.0\n  total: 1020.0\n"


class GroundTruth(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.logs = self.folder / "archai/archai/nlp/nas/saved_logs"
        for name in RANDOM_SETS:
            self.random_set(name)
        for name in PARETO_SETS:
            self.write(f"{name}/params_summary.yaml", f"M1:\n{PARAMS}")
            self.write(f"{name}/ppl_summary.yaml", "M1: 50.25\n")
            self.write(f"{name}/latency_summary.yaml", "M1: 5.3\n")
            self.write(f"{name}/memory_summary.yaml", "M1: 269.29\n")

    def write(self, name, text):
        path = self.logs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")

    def random_set(self, name):
        self.write(f"{name}/params_summary.yaml", f"config_0_j0:\n{PARAMS}")
        self.write(f"{name}/ppl_summary.yaml", "config_0_j0:\n  test_ppl: 9.0\n  valid_ppl: 45.0229687\n")
        self.write(f"{name}/config_0/j0/model_config.yaml",
                   "adaptive: true\nd_embed: 256\nd_inner:\n- 1071\n- 640\n- 9\nd_model: 128\n"
                   "div_val: 4\ndtype: null\nn_head:\n- 2\n- 4\n- 9\nn_layer: 2\nrestart: ''\n")

    def run_program(self, status=0):
        done = subprocess.run([sys.executable, PROGRAM, self.folder / "archai", "-o",
                               self.folder / "out"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def lines(self, name):
        return (self.folder / "out" / name).read_text(encoding="ascii").splitlines()

    def test_a_row_for_each_trained_model(self):
        done = self.run_program()
        self.assertIn("random.csv: 5 models: 1 random_GPT2_wt103, 1 random_GPT2_lm1b,", done.stdout)
        rows = self.lines("random.csv")
        self.assertEqual(rows[0], "set,arch,n_layer,d_model,n_head,d_inner,d_embed,div_val,attn_params,"
                         "ffn_params,nonembedding_params,embedding_params,total_params,valid_ppl")
        self.assertEqual(rows[1], "random_GPT2_wt103,config_0_j0,2,128,2|4,1071|640,256,4,100,200,310,"
                         "700,1020,45.022969")
        self.assertEqual([row.split(",")[0] for row in rows[1:]], RANDOM_SETS)
        rows = self.lines("pareto.csv")
        self.assertEqual(rows[:2], [
            "set,arch,attn_params,ffn_params,nonembedding_params,total_params,latency_ms,memory_mb,"
            "valid_ppl", "pareto_GPT2_lm1b_arm,M1,100.0,200.0,310.0,1020.0,5.3,269.29,50.25"])
        self.assertEqual([row.split(",")[0] for row in rows[1:]], PARETO_SETS)

    def test_one_value_stands_for_every_layer(self):
        self.write("random_TransXL_wt103_homogeneous/config_0/j0/model_config.yaml",
                   "d_embed: -1\nd_inner: 1628\nd_model: 256\ndiv_val: 2\nn_head: 4\nn_layer: 3\n")
        self.run_program()
        self.assertIn("config_0_j0,3,256,4|4|4,1628|1628|1628,-1,2,", self.lines("random.csv")[-1])

    def test_what_was_not_trained_is_left_out_or_empty(self):
        name = "random_GPT2_lm1b"
        self.write(f"{name}/ppl_summary.yaml",
                   "config_0_j0: {valid_ppl: 1.5}\nconfig_1_j0: {valid_ppl: 2.5}\n")
        self.write("pareto_GPT2_lm1b_arm/params_summary.yaml", f"M1:\n{PARAMS}M10:\n{PARAMS}")
        for kind in ("latency", "memory"):
            self.write(f"pareto_GPT2_lm1b_arm/{kind}_summary.yaml", "M1: 1.0\nM10: 2.0\n")
        self.run_program()
        self.assertEqual(len(self.lines("random.csv")), 6)
        self.assertTrue(self.lines("pareto.csv")[2].endswith(",M10,100.0,200.0,310.0,1020.0,2.0,2.0,"))

    def test_messages(self):
        def message():
            return self.run_program(status=1).stderr

        name = "random_GPT2_lm1b"
        self.write(f"{name}/ppl_summary.yaml", "best: {valid_ppl: 1.5}\n")
        self.assertIn("ppl_summary.yaml: 'best' is no config_X_jY", message())
        self.write(f"{name}/ppl_summary.yaml", "config_0_j0: {valid_ppl: low}\n")
        self.assertIn("ppl_summary.yaml: config_0_j0.valid_ppl is 'low', no number", message())
        self.write(f"{name}/ppl_summary.yaml", "config_0_j0: {test_ppl: 1}\n")
        self.assertIn("ppl_summary.yaml: config_0_j0.valid_ppl is missing", message())
        self.write(f"{name}/ppl_summary.yaml", "[1\n")
        self.assertIn("ppl_summary.yaml: cannot be read: ", message())
        self.write(f"{name}/ppl_summary.yaml", "5\n")
        self.assertIn("ppl_summary.yaml: is no map", message())
        self.random_set(name)
        self.write(f"{name}/config_0/j0/model_config.yaml",
                   "d_embed: -1\nd_inner: [1, 2]\nd_model: 256\ndiv_val: 2\nn_head: 4\nn_layer: 3\n")
        self.assertIn("d_inner is [1, 2], not a number for each of 3 layers", message())
        (self.logs / "pareto_GPT2_lm1b_arm").rename(self.logs / "gone")
        self.assertIn("pareto_GPT2_lm1b_arm: is not there; check out the branch neurips-lts of "
                      "github.com/microsoft/archai", message())
        self.assertFalse((self.folder / "out").exists())


if __name__ == "__main__":
    unittest.main()
