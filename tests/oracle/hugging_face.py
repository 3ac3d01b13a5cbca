"""What the oracles of the model share: Hugging Face models to compare with, and calls of a probe."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Where transformers puts the code of trust_remote_code.
MODULES = tempfile.TemporaryDirectory()
os.environ["HF_MODULES_CACHE"] = MODULES.name

try:
    import torch
    import transformers
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

BUILD = Path(os.environ["LTS_BUILD_DIR"])
sys.dont_write_bytecode = True  # the code lies in the tree
sys.path.insert(0, str(Path(os.environ["LTS_SOURCE_DIR"]) / "space" / "gpt2_flex"))
from modeling_gpt2_flex import Gpt2FlexConfig, Gpt2FlexLMHeadModel  # noqa: E402

# n_layer, d_model, d_inner, n_head of members of the published space, the third a published model;
# lists, an entry a layer, are of the family gpt2_flex; a fifth number, n_kv_head, makes one of llama.
ARCHITECTURES = [(2, 128, 960, 2), (4, 192, 128, 8), (7, 576, 832, 8), (3, 128, [96, 512, 320], [2, 8, 4]),
                 (3, 192, 512, 8, 2), (2, 128, 192, 4, 4)]
VOCAB_SIZE, MAX_LENGTH = 50257, 1024


def is_flex(architecture):
    return isinstance(architecture[2], list)


def is_llama(architecture):
    return len(architecture) == 5


def family_of(architecture):
    return "llama" if is_llama(architecture) else "gpt2_flex" if is_flex(architecture) else "gpt2"


def arch_text(architecture, vocab_size=VOCAB_SIZE, max_length=MAX_LENGTH):
    """The inline form of ARCH."""
    names = ["n_layer", "d_model", "d_inner", "n_head", "n_kv_head"][:5 if is_llama(architecture) else 4]
    genes = ["|".join(map(str, gene)) if isinstance(gene, list) else str(gene)
             for gene in (*architecture[:len(names)], vocab_size, max_length)]
    names += ["vocab_size", "max_sequence_length"]
    return family_of(architecture) + ":" + ",".join(map("=".join, zip(names, genes)))


def hugging_face_class(architecture, n_positions, **settings):
    """Its transformers class and config, without dropout."""
    n_layer, d_model, d_inner, n_head = architecture[:4]
    if is_llama(architecture):
        return transformers.LlamaForCausalLM, transformers.LlamaConfig(
            num_hidden_layers=n_layer, hidden_size=d_model, intermediate_size=d_inner,
            num_attention_heads=n_head, num_key_value_heads=architecture[4],
            max_position_embeddings=n_positions, tie_word_embeddings=True, **settings)
    settings |= {"n_layer": n_layer, "n_embd": d_model, "n_positions": n_positions,
                 "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    if is_flex(architecture):
        return Gpt2FlexLMHeadModel, Gpt2FlexConfig(n_head_per_layer=n_head, n_inner_per_layer=d_inner,
                                                   **settings)
    return transformers.GPT2LMHeadModel, transformers.GPT2Config(n_head=n_head, n_inner=d_inner, **settings)


def hugging_face_model(architecture, seed, vocab_size=VOCAB_SIZE, max_length=MAX_LENGTH):
    """Transformers' model with weights wide enough that every part shows in the logits."""
    model_class, config = hugging_face_class(
        architecture, vocab_size=vocab_size, n_positions=max_length,
        bos_token_id=vocab_size - 1, eos_token_id=vocab_size - 1)
    torch.manual_seed(seed)
    model = model_class(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter) * 0.05
            parameter.copy_(parameter + noise if "ln_" in name or "norm" in name else noise)
    return model


def run_probe(program, *arguments):
    """Standard output of a probe; its error message is the exception's."""
    done = subprocess.run([str(BUILD / program), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{program} {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def check(condition, fact):
    """Prints the fact and ends the oracle if it is not one."""
    print(("ok      " if condition else "FAILED  ") + fact, flush=True)
    if not condition:
        sys.exit(1)
