#include "edges/helm/manifest.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "codec/digest.h"
#include "codec/json.h"
#include "codec/json_patch.h"
#include "codec/quote.h"
#include "codec/yaml.h"
#include "edges/helm/volatile_values.h"

namespace kai::edges {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Helm cuts at `(?:^|\s*\n)---\s*`: what follows the marker on its line belongs to the next
// document.
std::vector<std::string> split(std::string_view manifest) {
  std::vector<std::string> documents(1);
  while (!manifest.empty()) {
    const std::size_t end = std::min(manifest.find('\n'), manifest.size() - 1) + 1;
    std::string_view line = manifest.substr(0, end);
    manifest.remove_prefix(end);
    if (line.starts_with("---")) {
      documents.emplace_back();
      line.remove_prefix(3);
    }
    documents.back() += line;
  }
  std::erase_if(documents, [](const std::string& text) { return is_blank(text); });
  return documents;
}

Result<Unit> add(std::vector<Document>& documents, Tree object, std::string raw,
                 std::string_view name_space) {
  ObjectKey key = key_of(object, name_space);
  if (object.text_at("/apiVersion") == nullptr || key.kind.empty() || key.name.empty()) {
    return fail(
        ErrorKind::rejected,
        "a rendered document has no apiVersion, kind or metadata.name: " + codec::quote(raw));
  }
  const bool twice =
      std::ranges::any_of(documents, [&](const Document& have) { return have.key == key; });
  if (twice) return fail(ErrorKind::rejected, "rendered twice: " + to_text(key));
  documents.push_back({.key = std::move(key), .raw = std::move(raw), .object = std::move(object)});
  return Unit{};
}

Result<Unit> add_all(std::vector<Document>& documents, Tree object, std::string raw,
                     std::string_view name_space) {
  const std::string kind = object.text_or("/kind", "");
  const Tree::List* const items = object.list_at("/items");
  if (!kind.ends_with("List") || items == nullptr) {
    return add(documents, std::move(object), std::move(raw), name_space);
  }
  for (const Tree& item : *items) {
    const auto added = add(documents, item, codec::write_json(item), name_space);
    if (!added) return added;
  }
  return Unit{};
}

void erase_where(Tree& metadata, std::string_view map, auto&& wanted) {
  Tree* const marks = metadata.get(map);
  Tree::Map* const entries = marks == nullptr ? nullptr : marks->as_map();
  if (entries == nullptr) return;
  std::erase_if(*entries, wanted);
  if (entries->empty()) metadata.erase(map);
}

// Marks by which Helm finds its objects. They change with the chart's version and mean nothing to
// the object; in a pod template the same label restarts pods, so there it counts.
Tree without_tracking(Tree object) {
  Tree* const metadata = object.get("metadata");
  if (metadata == nullptr || metadata->as_map() == nullptr) return object;
  erase_where(*metadata, "annotations",
              [](const Tree::Entry& entry) { return entry.first.starts_with("meta.helm.sh/"); });
  erase_where(*metadata, "labels", [](const Tree::Entry& entry) {
    const std::string* const value = entry.second.as_text();
    const bool by_helm =
        entry.first == "app.kubernetes.io/managed-by" && value != nullptr && *value == "Helm";
    return entry.first == "helm.sh/chart" || by_helm;
  });
  return object;
}

const std::vector<std::string>& pointers_of(const Pointers& pointers, const ObjectKey& key) {
  static const std::vector<std::string> none;
  const auto found = pointers.find(key);
  return found == pointers.end() ? none : found->second;
}

const Document* find(const std::vector<Document>& documents, const ObjectKey& key) {
  const auto found = std::ranges::find(documents, key, &Document::key);
  return found == documents.end() ? nullptr : &*found;
}

bool is_same(const Tree& before, const Tree& after) {
  return codec::differing_pointers(without_tracking(before), without_tracking(after)).empty();
}

ports::ObjectChange compare_one(const Document* stable, const Document& candidate,
                                const Document* again, const std::vector<std::string>& volatiles) {
  using Kind = ports::ObjectChange::Kind;
  ports::ObjectChange change{
      .kind = Kind::added, .candidate = candidate.object, .volatiles = volatiles};
  if (stable == nullptr) return change;
  change.stable = stable->object;
  if (again != nullptr) {
    change.candidate = with_stable_values({.one = candidate.object, .again = again->object},
                                          stable->object, volatiles);
  }
  const bool same = is_same(stable->object, change.candidate);
  change.kind = same ? Kind::unchanged : Kind::changed;
  change.volatile_only = same && !is_same(stable->object, candidate.object);
  return change;
}

// A volatile value is replaced, not removed: removing one item of a list would move the others.
Tree without_volatiles(Tree object, const std::vector<std::string>& volatiles) {
  for (const std::string& pointer : volatiles) {
    if (Tree* const place = object.at(pointer)) *place = Tree();
  }
  return object;
}

}  // namespace

std::string to_text(const ObjectKey& key) {
  const std::string kind = key.group.empty() ? key.kind : key.kind + "." + key.group;
  return codec::printable(kind + " " + key.name_space + "/" + key.name);
}

ObjectKey key_of(const Tree& object, std::string_view release_name_space) {
  const std::string version = object.text_or("/apiVersion", "");
  const std::size_t slash = version.find('/');
  return {.group = slash == std::string::npos ? "" : version.substr(0, slash),
          .kind = object.text_or("/kind", ""),
          .name_space = object.text_or("/metadata/namespace", release_name_space),
          .name = object.text_or("/metadata/name", "")};
}

Result<std::vector<Document>> parse_manifest(std::string_view manifest,
                                             std::string_view release_name_space) {
  std::vector<Document> documents;
  for (std::string& raw : split(manifest)) {
    Result<Tree> object = codec::parse_yaml(raw);
    if (!object) {
      return std::unexpected(
          in_context("rendered document " + codec::quote(raw, 80), object.error()));
    }
    if (object->is_null()) continue;
    const auto added = add_all(documents, std::move(*object), std::move(raw), release_name_space);
    if (!added) return std::unexpected(added.error());
  }
  return documents;
}

Pointers volatile_pointers(const std::vector<Document>& one, const std::vector<Document>& other) {
  Pointers found;
  for (const Document& document : one) {
    const Document* const again = find(other, document.key);
    std::vector<std::string> pointers =
        again == nullptr ? std::vector<std::string>{""}
                         : codec::differing_pointers(document.object, again->object);
    if (!pointers.empty()) found.emplace(document.key, std::move(pointers));
  }
  for (const Document& document : other) {
    if (find(one, document.key) == nullptr)
      found.emplace(document.key, std::vector<std::string>{""});
  }
  return found;
}

std::vector<ports::ObjectChange> compare(const std::vector<Document>& stable,
                                         const std::vector<Document>& candidate,
                                         const std::vector<Document>& again) {
  const Pointers volatiles = volatile_pointers(candidate, again);
  std::vector<ports::ObjectChange> changes;
  for (const Document& document : candidate) {
    changes.push_back(compare_one(find(stable, document.key), document, find(again, document.key),
                                  pointers_of(volatiles, document.key)));
  }
  for (const Document& document : stable) {
    if (find(candidate, document.key) != nullptr) continue;
    changes.push_back({.kind = ports::ObjectChange::Kind::removed, .stable = document.object});
  }
  return changes;
}

std::vector<Document> changed_documents(const std::vector<Document>& stable,
                                        std::vector<Document> candidate) {
  std::erase_if(candidate, [&](const Document& document) {
    const Document* const before = find(stable, document.key);
    return before != nullptr && before->object == document.object;
  });
  return candidate;
}

std::string manifest_digest(const std::vector<Document>& documents, const Pointers& volatiles) {
  std::map<ObjectKey, std::string> texts;
  for (const Document& document : documents) {
    const auto& pointers = pointers_of(volatiles, document.key);
    const bool whole = std::ranges::find(pointers, "") != pointers.end();
    if (whole) continue;
    texts[document.key] = codec::canonical_json(without_volatiles(document.object, pointers));
  }
  std::string all;
  for (const auto& [key, text] : texts) all += to_text(key) + "\n" + text + "\n";
  return codec::sha256_hex(all);
}

}  // namespace kai::edges
