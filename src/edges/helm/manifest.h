// Manifests: the documents that Helm rendered or stored, and what changes from one manifest to the
// next. Pure.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "ports/release.h"

namespace kai::edges {

// What an object is called. The version is left out: a chart may move from v1beta1 to v1.
struct ObjectKey {
  std::string group;  // empty: the core group
  std::string kind;
  std::string
      name_space;  // of the release where the document names none; cluster-scoped ones get it too
  std::string name;

  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

[[nodiscard]] std::string to_text(
    const ObjectKey& key);  // "Deployment shop/web" or "Gateway.networking.io shop/web"
[[nodiscard]] ObjectKey key_of(const Tree& object, std::string_view release_name_space);

struct Document {
  ObjectKey key;
  std::string raw;  // the bytes that Helm sends; an item of a List is written anew as JSON
  Tree object;
};

// Pointers into one object, by object.
using Pointers = std::map<ObjectKey, std::vector<std::string>>;

// Splits as Helm does, at lines that begin with "---"; empty documents are dropped, Lists taken
// apart. malformed: no YAML, with the line inside its document; rejected: an object without
// apiVersion, kind or name, or the same object twice.
[[nodiscard]] Result<std::vector<Document>> parse_manifest(std::string_view manifest,
                                                           std::string_view release_name_space);

// Where two renders of the same inputs differ. A document in one of them only is volatile as a
// whole (pointer "").
[[nodiscard]] Pointers volatile_pointers(const std::vector<Document>& one,
                                         const std::vector<Document>& other);

// Stable's documents against the candidate's, in the order of the candidate, then what was removed.
// Helm's own tracking marks do not count as a change, nor does what differs from the candidate to
// `again`, a second render of the same inputs: there the candidate gets what stable has.
[[nodiscard]] std::vector<ports::ObjectChange> compare(const std::vector<Document>& stable,
                                                       const std::vector<Document>& candidate,
                                                       const std::vector<Document>& again);

// The candidate's documents that are not as in stable, or not there.
[[nodiscard]] std::vector<Document> changed_documents(const std::vector<Document>& stable,
                                                      std::vector<Document> candidate);

// Of a pinned manifest: SHA-256 over all objects without what is volatile, independent of order and
// spelling.
[[nodiscard]] std::string manifest_digest(const std::vector<Document>& documents,
                                          const Pointers& volatiles);

}  // namespace kai::edges
