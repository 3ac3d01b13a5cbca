#include "search/archive.h"

#include <algorithm>

#include "core/error.h"

namespace lts::search {

std::string status_name(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kInfeasible:
      return "infeasible";
    case Status::kFailed:
      return "failed";
  }
  return "";
}

Status status_named(std::string_view name) {
  for (const Status status : {Status::kInfeasible, Status::kFailed}) {
    if (status_name(status) == name) return status;
  }
  return Status::kOk;
}

void Archive::add(Evaluation evaluation) {
  seen_.insert(evaluation.candidate.archid);
  if (evaluation.status == Status::kOk) {
    LTS_ASSERT(evaluation.values.size() == objectives_.size());
    Point point;
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
      point.push_back(objectives_[i].loss(evaluation.values[i].value));
    }
    ok_.push_back(evaluations_.size());
    points_.push_back(std::move(point));
    front_current_ = false;
  }
  evaluations_.push_back(std::move(evaluation));
}

const std::vector<std::size_t>& Archive::front() const {
  if (!front_current_) {
    front_.clear();
    for (const std::size_t index : pareto_front(points_, ties_)) front_.push_back(ok_[index]);
    front_current_ = true;
  }
  return front_;
}

std::vector<Point> Archive::front_points() const {
  std::vector<Point> out;
  for (const std::size_t index : front()) {
    const auto at = std::ranges::lower_bound(ok_, index);
    out.push_back(points_[static_cast<std::size_t>(at - ok_.begin())]);
  }
  return out;
}

}  // namespace lts::search
