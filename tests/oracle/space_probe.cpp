// Answers space_oracle.py: a Hugging Face config or inline genes a line in; archid, counts and the
// Hugging Face config we write for it out.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "space/arch_argument.h"
#include "space/family.h"

namespace {

using nlohmann::json;
namespace space = lts::space;

space::Architecture read(const json& request) {
  if (request.is_string()) return space::parse_arch_argument(request, "");
  for (const space::Family* family : space::families())
    if (family->reads_hugging_face(request)) return family->from_hugging_face(request, "request");
  throw std::runtime_error("no family reads " + request.dump());
}

json answer(const space::Architecture& architecture) {
  const space::Family& family = architecture.family();
  const space::Counts counts = family.counts(architecture);
  return {{"archid", space::archid(architecture)},
          {"archid_sampled", space::archid_sampled(architecture)},
          {"attention", counts.attention_params},
          {"ffn", counts.ffn_params},
          {"norm", counts.norm_params},
          {"embedding", counts.embedding_params},
          {"total", counts.total_params()},
          {"flops_per_token", counts.flops_per_token},
          {"config", family.hugging_face_config(architecture)}};
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) {
      std::cout << answer(read(json::parse(line))).dump() << "\n";
    }
  } catch (const std::exception& error) {
    std::cerr << "space_probe: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
