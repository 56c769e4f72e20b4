// Rendering: what `helm upgrade` would install now, asked from Helm with a server-side dry run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/reply.h"
#include "base/tree.h"
#include "edges/helm/helm_run.h"
#include "edges/helm/manifest.h"

namespace kai::edges {

struct Rendered {
  std::vector<Document> documents;
  std::vector<std::string> hooks;  // "Job/migrate (pre-upgrade)", for people
  Tree values;                     // defaults of the chart with the values of the inputs over them
  std::string chart_name;
  std::string chart_version;
  std::string app_version;
  std::vector<Document> again;  // of the second render; filled by `render_twice`, as the next
  Pointers volatiles;
};

// stdout of the dry run: one JSON object. malformed: it is not, or has no manifest.
[[nodiscard]] Result<Rendered> parse_render(std::string_view output,
                                            std::string_view release_name_space);

// One dry run. Whatever Helm refuses (a template error, a pending release, foreign ownership) is
// the error, in its own words.
void render(const Helm& helm, const UpgradeCall& call, Reply<Rendered> reply);
// Two, one after the other; what differs between them is volatile.
void render_twice(const Helm& helm, const UpgradeCall& call, Reply<Rendered> reply);

}  // namespace kai::edges
