#include "core/activity.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/processor.h"
#include "core/run_queue.h"
#include "core/system_files.h"
#include "core/text.h"

namespace lts {
namespace {

double seconds_of_ticks(double ticks) { return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)); }

/// /proc/stat: "cpu3 user nice system idle iowait irq softirq steal guest guest_nice", in ticks.
void read_cpus(const SystemFiles& files, Activity& out) {
  const std::vector<int> allowed = cpu_limits(files).allowed;
  std::istringstream lines(files.text("proc/stat"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    words >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
    std::int64_t cpu = 0;
    if (!name.starts_with("cpu") || !parse_int(std::string_view(name).substr(3), cpu)) continue;
    if (!std::ranges::binary_search(allowed, static_cast<int>(cpu))) continue;
    out.busy_s += seconds_of_ticks(user + nice + system + irq + softirq);
    out.stolen_s += seconds_of_ticks(steal);
  }
}

/// A process from /proc/<id>/stat, "id (name) state ..."; utime and stime are fields 14 and 15.
std::optional<Activity::Process> read_process(const SystemFiles& files, const std::string& id) {
  const std::string stat = files.line("proc/" + id + "/stat");
  const auto name_begin = stat.find('('), name_end = stat.rfind(')');
  if (name_begin == std::string::npos || name_end == std::string::npos) return std::nullopt;
  std::istringstream words(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) words >> skipped;
  double user = 0, system = 0;
  if (!(words >> user >> system)) return std::nullopt;
  Activity::Process out{.name = stat.substr(name_begin + 1, name_end - name_begin - 1)};
  out.id = std::atoi(stat.c_str());
  out.cpu_s = seconds_of_ticks(user + system);
  return out;
}

std::int64_t read_swapped_pages(const SystemFiles& files) {
  std::int64_t sum = 0;
  std::istringstream lines(files.text("proc/vmstat"));
  std::string key;
  for (std::int64_t value = 0; lines >> key >> value;) {
    if (key == "pswpin" || key == "pswpout") sum += value;
  }
  return sum;
}

}  // namespace

Activity Activity::read(const std::filesystem::path& root) {
  const SystemFiles files(root);
  Activity out;
  read_cpus(files, out);
  const auto self = read_process(files, "self");
  if (self) out.own_s = self->cpu_s;
  out.waited_s = run_queue_wait_s(root / "proc/self/task");
  out.swapped_pages = read_swapped_pages(files);
  for (const std::string& id : files.names("proc")) {
    if (id.find_first_not_of("0123456789") != std::string::npos) continue;
    auto process = read_process(files, id);
    if (process && (!self || process->id != self->id)) out.processes.push_back(*std::move(process));
  }
  std::ranges::sort(out.processes, {}, &Process::id);
  return out;
}

std::vector<Activity::Process> busiest(const Activity& before, const Activity& after,
                                       std::size_t count) {
  std::map<int, double> earlier;
  for (const auto& process : before.processes) earlier[process.id] = process.cpu_s;
  std::vector<Activity::Process> out = after.processes;
  for (auto& process : out) process.cpu_s -= earlier[process.id];
  std::erase_if(out, [](const auto& process) { return process.cpu_s <= 0; });
  std::ranges::stable_sort(out, std::greater<>(), &Activity::Process::cpu_s);
  if (out.size() > count) out.resize(count);
  return out;
}

}  // namespace lts
