#include <array>
#include <string_view>

#include "core/error.h"
#include "space/family.h"
#include "space/gpt2/model.h"
#include "space/language_model.h"

namespace lts::space {

namespace {

struct ModelFamily {
  std::string_view name;
  ModelPtr (*make)(const Architecture&, const ModelOptions&);
};

// One line a family; its torch-free half stands in families.cpp.
constexpr std::array kModelFamilies{
    ModelFamily{"gpt2", make_gpt2},
};

}  // namespace

ModelPtr make_model(const Architecture& architecture, const ModelOptions& options) {
  const Family& family = architecture.family();
  if (const auto flaw = family.flaw(architecture)) throw user_error(*flaw);
  for (const auto& entry : kModelFamilies)
    if (entry.name == family.name()) return entry.make(architecture, options);
  throw user_error("family '" + std::string(family.name()) + "' has no module to build");
}

}  // namespace lts::space
