#include "edges/helm/plan_lines.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "codec/digest.h"
#include "codec/quote.h"

namespace kai::edges {
namespace {

using Change = ports::ObjectChange;

constexpr std::size_t digest_shown = 12;

std::string short_digest(const std::string& bytes) {
  return "sha256:" + codec::sha256_hex(bytes).substr(0, digest_shown);
}

std::string chart_words(const std::string& name, const std::string& version) {
  return codec::printable(version.empty() ? name : name + "-" + version);
}

std::string release_line(const PlanWords& words) {
  const std::string where =
      codec::printable(words.call.target.release + " in namespace " + words.call.target.name_space);
  const std::string helm = "Helm " + std::to_string(words.call.helm.major);
  if (words.call.install) return "release " + where + ": first install, by " + helm;
  const std::string method =
      words.stable.apply_method == "ssa" ? "server-side apply" : "three-way merge";
  return "release " + where + ": revision " + std::to_string(words.stable.revision) + ", chart " +
         chart_words(words.stable.chart_name, words.stable.chart_version) + ", " + helm + " by " +
         method;
}

// Values may be secrets, so of a setting only its key is shown.
std::string value_line(const PinnedValue& value) {
  if (value.kind == core::ValueInput::Kind::file) {
    return "values " + codec::printable(value.origin) + " " + short_digest(value.text);
  }
  return "values set " + codec::printable(value.text.substr(0, value.text.find('=')));
}

std::string_view verb_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::unchanged:
      return "unchanged";
    case Change::Kind::changed:
      return "changed";
    case Change::Kind::added:
      return "added";
    case Change::Kind::removed:
      return "removed";
  }
  return "";
}

std::vector<std::string> images(const Tree& object, std::string_view name_space) {
  if (object.is_null()) return {};
  const auto found = images_of({{.key = key_of(object, name_space), .object = object}});
  return found.empty() ? std::vector<std::string>{} : found.front().images;
}

std::string image_words(const Change& change, std::string_view name_space) {
  const auto before = images(change.stable, name_space);
  const auto after = images(change.candidate, name_space);
  std::string words;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const bool same = i < before.size() && before[i] == after[i];
    if (same) continue;
    words += words.empty() ? ": " : ", ";
    if (i < before.size()) words += codec::printable(before[i]) + " -> ";
    words += codec::printable(after[i]);
  }
  return words;
}

std::string change_line(const Change& change, const std::string& name_space) {
  const Tree& object = change.candidate.is_null() ? change.stable : change.candidate;
  const std::string suffix =
      change.volatile_only ? " (but for what differs from render to render)" : "";
  return std::string(verb_of(change.kind)) + " " + to_text(key_of(object, name_space)) +
         image_words(change, name_space) + suffix;
}

}  // namespace

std::string stable_version(const std::vector<ObjectKey>& selected,
                           const std::vector<Document>& stable, const StoredRelease& release) {
  std::optional<std::string> tag;
  bool agree = true;
  for (const WorkloadImages& workload : images_of(stable)) {
    if (std::ranges::find(selected, workload.key) == selected.end() || workload.images.empty())
      continue;
    const std::string here = parse_image(workload.images.back()).tag;
    agree = agree && (!tag || *tag == here);
    tag = here;
  }
  if (agree && tag && !tag->empty()) return codec::printable(*tag);
  return chart_words(release.chart_name, release.chart_version) + " revision " +
         std::to_string(release.revision);
}

std::string canary_version(const core::Plan& plan, const Rendered& rendered) {
  if (!plan.inputs.tag.empty()) return codec::printable(plan.inputs.tag);
  return chart_words(rendered.chart_name, rendered.chart_version);
}

std::vector<std::string> plan_lines(const PlanWords& words) {
  std::vector<std::string> lines = {release_line(words)};
  lines.push_back("chart " + codec::printable(words.inputs.chart_origin) + " (" +
                  chart_words(words.rendered.chart_name, words.rendered.chart_version) + ") " +
                  short_digest(words.inputs.chart));
  for (const PinnedValue& value : words.inputs.values) lines.push_back(value_line(value));
  std::size_t unchanged = 0;
  for (const Change& change : words.changes) {
    if (change.kind == Change::Kind::unchanged && !change.volatile_only) {
      unchanged += 1;
      continue;
    }
    lines.push_back(change_line(change, words.call.target.name_space));
  }
  if (unchanged > 0) lines.push_back(std::to_string(unchanged) + " object(s) stay as they are");
  return lines;
}

}  // namespace kai::edges
