#include "edges/helm/render.h"

#include <utility>

#include "codec/json.h"
#include "codec/quote.h"
#include "edges/helm/chart_values.h"

namespace kai::edges {
namespace {

std::string hook_text(const Tree& hook) {
  std::string events;
  if (const Tree::List* const list = hook.list_at("/events")) {
    for (const Tree& event : *list) {
      if (event.as_text() != nullptr) events += (events.empty() ? "" : ", ") + *event.as_text();
    }
  }
  return codec::printable(hook.text_or("/kind", "?") + "/" + hook.text_or("/name", "?") + " (" +
                          events + ")");
}

Tree values_of(const Tree& release) {
  const Tree* const defaults = release.at("/chart/values");
  const Tree* const config = release.get("config");  // absent when no value is set
  Tree values = defaults == nullptr ? Tree::map() : *defaults;
  return config == nullptr ? values : merge_values(std::move(values), *config);
}

}  // namespace

Result<Rendered> parse_render(std::string_view output, std::string_view release_name_space) {
  Result<Tree> release = codec::parse_json(output);
  if (!release) return std::unexpected(in_context("answer of helm's dry run", release.error()));
  const std::string* const manifest = release->text_at("/manifest");
  if (manifest == nullptr)
    return fail(ErrorKind::malformed, "helm's dry run answered without a manifest");
  Result<std::vector<Document>> documents = parse_manifest(*manifest, release_name_space);
  if (!documents) return std::unexpected(documents.error());
  Rendered rendered{.documents = std::move(*documents),
                    .chart_name = release->text_or("/chart/metadata/name", ""),
                    .chart_version = release->text_or("/chart/metadata/version", ""),
                    .app_version = release->text_or("/chart/metadata/appVersion", "")};
  rendered.values = values_of(*release);
  if (const Tree::List* const hooks = release->list_at("/hooks")) {
    for (const Tree& hook : *hooks) rendered.hooks.push_back(hook_text(hook));
  }
  return rendered;
}

void render(const Helm& helm, const UpgradeCall& call, Reply<Rendered> reply) {
  run_helm(helm, dry_run_argv(call),
           [name_space = call.target.name_space,
            reply = std::move(reply)](Result<std::string> output) mutable {
             if (!output) return reply(std::unexpected(output.error()));
             reply(parse_render(*output, name_space));
           });
}

void render_twice(const Helm& helm, const UpgradeCall& call, Reply<Rendered> reply) {
  render(helm, call, [helm, call, reply = std::move(reply)](Result<Rendered> first) mutable {
    if (!first) return reply(std::move(first));
    render(helm, call,
           [first = std::move(*first), reply = std::move(reply)](Result<Rendered> second) mutable {
             if (!second) return reply(std::move(second));
             first.again = std::move(second->documents);
             first.volatiles = volatile_pointers(first.documents, first.again);
             reply(std::move(first));
           });
  });
}

}  // namespace kai::edges
