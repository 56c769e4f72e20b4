#include "edges/helm/chart_values.h"

#include <utility>

#include "codec/quote.h"
#include "codec/yaml.h"
#include "edges/helm/pinned_inputs.h"

namespace kai::edges {
namespace {

Result<Tree> parse_values(const std::string& text, const std::string& origin) {
  const std::string where = "values " + codec::quote(origin);
  Result<Tree> values = codec::parse_yaml(text);
  if (!values) return fail(ErrorKind::rejected, where + ": " + values.error().message);
  if (values->is_null()) return Tree::map();
  if (values->as_map() == nullptr)
    return fail(ErrorKind::rejected, where + ": not a map of values");
  return values;
}

Result<Tree> merge_files(Tree merged, os::Disk& disk, const core::ChartInputs& inputs) {
  const auto pinned = pin_values(disk, inputs);
  if (!pinned) return std::unexpected(pinned.error());
  for (const PinnedValue& value : *pinned) {
    if (value.kind != core::ValueInput::Kind::file) continue;
    const Result<Tree> over = parse_values(value.text, value.origin);
    if (!over) return over;
    merged = merge_values(std::move(merged), *over);
  }
  return merged;
}

Result<Tree> values_of_directory(os::Disk& disk, const core::ChartInputs& inputs) {
  const std::string path = inputs.chart + "/values.yaml";
  const Result<std::string> text = disk.read(path, value_file_bytes_max);
  const bool absent = !text && text.error().kind == ErrorKind::no_data;  // a chart may have none
  if (!text && !absent)
    return std::unexpected(in_context("values " + codec::quote(path), text.error()));
  Result<Tree> own = absent ? Result<Tree>(Tree::map()) : parse_values(*text, path);
  if (!own) return own;
  return merge_files(std::move(*own), disk, inputs);
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): as deep as the YAML reader lets a document be.
Tree merge_values(Tree under, const Tree& over) {
  const Tree::Map* const entries = over.as_map();
  if (entries == nullptr || under.as_map() == nullptr) return over;
  for (const auto& [key, value] : *entries) {
    Tree* const below = under.get(key);
    if (value.is_null()) {
      under.erase(key);
    } else if (below == nullptr) {
      under.set(key, value);
    } else {
      *below = merge_values(std::move(*below), value);
    }
  }
  return under;
}

void chart_values(const Helm& helm, const core::ChartInputs& inputs, Reply<Tree> reply) {
  later(helm, [helm, inputs, reply = std::move(reply)]() mutable {
    if (helm.disk.list(inputs.chart)) return reply(values_of_directory(helm.disk, inputs));
    run_helm(
        helm, show_values_argv(helm.binary, inputs.chart, inputs.chart_version),
        [&disk = helm.disk, inputs, reply = std::move(reply)](Result<std::string> text) mutable {
          if (!text) {
            return reply(
                std::unexpected(in_context("chart " + codec::quote(inputs.chart), text.error())));
          }
          Result<Tree> own = parse_values(*text, inputs.chart);
          if (!own) return reply(std::move(own));
          reply(merge_files(std::move(*own), disk, inputs));
        });
  });
}

}  // namespace kai::edges
