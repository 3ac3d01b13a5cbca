"""Hugging Face's generate, greedy with a KV cache in fp32, as often as asked.

hugging_face_speed.py FOLDER NEW_TOKENS PROMPT_ID,...: after one generation that does not count it prints its threads as
JSON; then for each line on standard input it generates and prints {"new_ids", "tokens_per_s"}.
"""

import json
import sys
import time

import torch
import transformers


def main():
    folder, new_tokens, prompt = sys.argv[1], int(sys.argv[2]), [int(word) for word in sys.argv[3].split(",")]
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokens = torch.tensor([prompt])

    def generate():
        start = time.perf_counter()
        with torch.inference_mode():
            ids = model.generate(tokens, attention_mask=torch.ones_like(tokens), do_sample=False, use_cache=True,
                                 max_new_tokens=new_tokens)
        elapsed = time.perf_counter() - start
        new_ids = ids[0, len(prompt):].tolist()
        return {"new_ids": new_ids, "tokens_per_s": len(new_ids) / elapsed}

    generate()
    print(json.dumps({"threads": torch.get_num_threads()}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(generate()), flush=True)


main()
