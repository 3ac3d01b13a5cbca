#include "train/repeated_work.h"

#include <c10/util/Exception.h>

#include "core/log.h"
#include "core/text.h"

namespace lts::train {

void RepeatedWork::try_to_record(const std::function<void()>& launch) {
  space::Recording recording;
  try {
    recording = record_(launch);
  } catch (const c10::OutOfMemoryError& error) {  // a graph has memory of its own
    recording.refused = first_line(error.what_without_backtrace());
  }
  graph_ = std::move(recording.graph);
  may_record_ = graph_ != nullptr;
  if (!may_record_)
    log::warning("a training step is not run as a CUDA graph: " + recording.refused);
}

void RepeatedWork::run(const std::function<void()>& launch) {
  if (may_record_ && !graph_ && runs_++ >= kRunsBeforeGraph) try_to_record(launch);
  if (graph_)
    graph_->replay();
  else
    launch();
}

}  // namespace lts::train
