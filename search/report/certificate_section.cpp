#include "search/report/certificate_section.h"

#include "core/error.h"
#include "core/file.h"
#include "core/json_file.h"
#include "core/text.h"
#include "search/exact/front_beliefs.h"
#include "search/report/markup.h"
#include "search/run/run_folder.h"

namespace lts::search {
namespace {

using Json = nlohmann::json;

std::string count(const Json& value) { return std::to_string(value.get<std::size_t>()); }

/// "319 of 5,424 members were measured, ...".
std::string known_text(const Json& certificate) {
  const Json& size = certificate.at("front_size_90");
  return count(certificate.at("measured")) + " of " + count(certificate.at("members")) +
         " members were measured; readings scatter by " +
         human_percent(certificate.at("reading_noise").get<double>()) +
         " about what genes and pairs of genes explain. With 90 % confidence the true front has " +
         short_number(size.at(0).get<double>()) + " to " + short_number(size.at(1).get<double>()) +
         " members.";
}

MarkupTable levels_table(const Json& certificate, const Quantity& measured) {
  const std::string unit = measured.unit.empty() ? "" : " " + measured.unit;
  MarkupTable table{
      .caption = "What is certain of the true front",
      .columns = {"confidence", "certainly on it", "possibly", "certainly not",
                  "hypervolume missing, at most", escaped(measured.name) + " to gain, at most"}};
  for (const Json& level : certificate.at("levels")) {
    table.rows.push_back({human_percent(level.at("confidence").get<double>()),
                          count(level.at("certain")), count(level.at("possible")),
                          count(level.at("excluded")),
                          human_percent(level.at("hypervolume_missing").get<double>()),
                          measured.text(level.at("shortfall").get<double>()) + unit});
  }
  return table;
}

std::string markup_of(const SavedRun& run, const std::filesystem::path& file,
                      std::span<const Quantity> shown) {
  const Json certificate = parse_json(read_file(file), file.string());
  const Quantity& measured = shown[measured_axis(run.archive.objectives())];
  return element("p", known_text(certificate)) + table_markup(levels_table(certificate, measured));
}

/// A damaged file is told, and the rest of the report is made.
std::string markup_or_damage(const SavedRun& run, const std::filesystem::path& file,
                             std::span<const Quantity> shown) {
  std::string why;
  try {
    return markup_of(run, file, shown);
  } catch (const Json::exception& error) {
    why = file.string() + ": " + error.what();
  } catch (const Error& error) {
    why = error.what();
  }
  return element("p", "The certificate is damaged: " + escaped(why), "class=\"note\"");
}

}  // namespace

std::string certificate_section(std::span<const SavedRun> runs, std::span<const Quantity> shown) {
  std::string out;
  for (const SavedRun& run : runs) {
    const std::filesystem::path file = run.folder / kCertificateFile;
    if (!std::filesystem::exists(file)) continue;
    if (runs.size() > 1) out += element("h3", escaped(run.folder.string()));
    out += markup_or_damage(run, file, shown);
  }
  if (out.empty()) return "";
  const std::string hint = element(
      "p",
      "Each line is one statement about all members together. To gain: by so much a member of the "
      "true front may be better than every one found here that is as good in all else. "
      "certificate.csv says of each member how probable it is on the true front.",
      "class=\"hint\"");
  return element("section", element("h2", "What is certain") + hint + out, "id=\"certain\"");
}

}  // namespace lts::search
