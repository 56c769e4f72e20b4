#include "edges/helm/tag_probe.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr std::string_view mark = "kai-canary-probe";

// Helm's parser of --set cuts at dots.
std::string joined(const std::string& above, std::string_view key) {
  std::string path = above.empty() ? "" : above + ".";
  for (const char c : key) {
    if (c == '.' || c == '\\') path += '\\';
    path += c;
  }
  return path;
}

bool ends_in_tag(std::string_view key) {
  std::string lower(key);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.ends_with("tag");
}

bool is_place(const Tree& value) { return value.as_map() == nullptr && value.as_list() == nullptr; }

// Iterative: values are foreign, and their depth is bounded only by the parser.
struct Walk {
  std::string path;
  const Tree* value = nullptr;
};

void note(const Tree::Entry& entry, const std::string& path, std::vector<TagPath>& found) {
  const auto& [key, value] = entry;
  if (!is_place(value)) return;
  if (ends_in_tag(key)) found.push_back({.path = path});
  const std::string* const text = value.as_text();
  if (key == "image" && text != nullptr && !text->empty()) {
    found.push_back({.path = path, .repository = parse_image(*text).repository});
  }
}

std::string setting(const TagPath& path, std::string_view tag) {
  const std::string value =
      path.repository.empty() ? std::string(tag) : path.repository + ":" + std::string(tag);
  return set_string_text(path.path, value);
}

bool has_mark(const WorkloadImages& workload) {
  return std::ranges::any_of(workload.images, [](const std::string& image) {
    return image.find(mark) != std::string::npos;
  });
}

class Probe : public std::enable_shared_from_this<Probe> {
 public:
  Probe(const Helm& helm, UpgradeCall call, std::vector<TagPath> paths,
        Reply<std::vector<TagReach>> reply)
      : helm_(helm), call_(std::move(call)), paths_(std::move(paths)), reply_(std::move(reply)) {}

  void next() {
    if (reaches_.size() == paths_.size()) return reply_(std::move(reaches_));
    UpgradeCall call = call_;
    const TagPath& path = paths_[reaches_.size()];
    call.values.push_back(
        {.kind = core::ValueInput::Kind::set_string, .text = setting(path, mark)});
    render(helm_, call, [self = shared_from_this()](Result<Rendered> rendered) {
      self->take(std::move(rendered));
    });
  }

 private:
  void take(Result<Rendered> rendered) {
    TagReach reach{.path = paths_[reaches_.size()]};
    if (rendered) {
      for (const WorkloadImages& workload : images_of(rendered->documents)) {
        if (has_mark(workload)) reach.workloads.push_back(workload.key);
      }
    }
    reaches_.push_back(std::move(reach));
    next();
  }

  Helm helm_;
  UpgradeCall call_;
  std::vector<TagPath> paths_;
  std::vector<TagReach> reaches_;
  Reply<std::vector<TagReach>> reply_;
};

}  // namespace

std::vector<TagPath> tag_paths(const Tree& values, std::size_t paths_max) {
  std::vector<TagPath> found;
  std::vector<Walk> open = {{.path = "", .value = &values}};
  while (!open.empty() && found.size() < paths_max) {
    const Walk here = open.back();
    open.pop_back();
    const Tree::Map* const map = here.value->as_map();
    if (map == nullptr) continue;
    for (const Tree::Entry& entry : *map) {
      if (found.size() < paths_max) note(entry, joined(here.path, entry.first), found);
    }
    for (auto entry = map->rbegin(); entry != map->rend(); ++entry) {
      open.push_back({.path = joined(here.path, entry->first), .value = &entry->second});
    }
  }
  return found;
}

void probe_tags(const Helm& helm, const UpgradeCall& call, std::vector<TagPath> paths,
                Reply<std::vector<TagReach>> reply) {
  const auto probe = std::make_shared<Probe>(helm, call, std::move(paths), std::move(reply));
  later(helm, [probe] { probe->next(); });
}

std::string tag_remedy(const std::vector<TagReach>& reaches, const ObjectKey& workload,
                       std::string_view tag) {
  for (const TagReach& reach : reaches) {
    if (std::ranges::find(reach.workloads, workload) == reach.workloads.end()) continue;
    if (reach.path.repository.empty()) return "--tag-key=" + codec::printable(reach.path.path);
    return "--set-string " + codec::printable(setting(reach.path, tag));
  }
  return "";
}

}  // namespace kai::edges
