"""What the oracles of the model share: Hugging Face models to compare with, and calls of a probe."""

import os
import subprocess
import sys
from pathlib import Path

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

# n_layer, d_model, d_inner, n_head of members of the published space; the last is a published model.
ARCHITECTURES = [(2, 128, 960, 2), (4, 192, 128, 8), (7, 576, 832, 8)]
VOCAB_SIZE, MAX_LENGTH = 50257, 1024


def hugging_face_model(architecture, seed, vocab_size=VOCAB_SIZE, max_length=MAX_LENGTH):
    """GPT2LMHeadModel with weights wide enough that every part shows in the logits."""
    n_layer, d_model, d_inner, n_head = architecture
    config = transformers.GPT2Config(
        n_layer=n_layer, n_embd=d_model, n_inner=d_inner, n_head=n_head, vocab_size=vocab_size,
        n_positions=max_length, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
        bos_token_id=vocab_size - 1, eos_token_id=vocab_size - 1)
    torch.manual_seed(seed)
    model = transformers.GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter) * 0.05
            parameter.copy_(parameter + noise if "ln_" in name else noise)
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
