#pragma once

#include <memory>

#include "predictor/command/command_config.h"

namespace lts::predictor {

/// An evaluator that asks a program (docs/objectives.md), each architecture once. What was
/// announced goes to it in batches. A program that ends or does not answer in time is started
/// again and asked for the same one at a time; one under which it is lost alone (twice where it
/// ends) has failed. Three in a row, and an answer that is none, end the run: Error kRuntime.
std::shared_ptr<Evaluator> make_command_objective(CommandConfig config);

}  // namespace lts::predictor
