#include "kubeapi/discovery.h"

#include <algorithm>

#include "codec/json.h"
#include "codec/quote.h"

namespace kai::kubeapi {
namespace {

constexpr std::size_t discovery_bytes_max = std::size_t{4} << 20U;

struct ApiVersion {
  std::string group;  // empty: the core group
  std::string version;
};

// "apps/v1" -> ("apps", "v1"); "v1" -> ("", "v1").
ApiVersion split(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  if (slash == std::string::npos) return {.group = "", .version = api_version};
  return {.group = api_version.substr(0, slash), .version = api_version.substr(slash + 1)};
}

// A manifest's text becomes part of a path, so nothing that could lead elsewhere.
bool is_path_segment(const std::string& text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.front() != '.' && std::ranges::all_of(text, is_plain);
}

bool is_usable(const ApiVersion& wanted, const std::string& api_version) {
  const bool has_group = api_version.find('/') != std::string::npos;
  return is_path_segment(wanted.version) && (!has_group || is_path_segment(wanted.group));
}

}  // namespace

void Discovery::find(const std::string& api_version, const std::string& kind,
                     Reply<std::optional<ResourceKind>> reply) {
  const ApiVersion wanted = split(api_version);
  std::optional<Result<std::optional<ResourceKind>>> at_once;
  if (!is_usable(wanted, api_version)) {
    at_once.emplace(
        fail(ErrorKind::rejected, codec::quote(api_version) + " is no API version of Kubernetes"));
  }
  const auto found = known_->find({api_version, kind});
  if (found != known_->end()) at_once.emplace(std::optional(found->second));
  if (at_once) {
    client_.timers().at(client_.steady().now(),
                        [at_once = std::move(*at_once), reply = std::move(reply)]() mutable {
                          reply(std::move(at_once));
                        });
    return;
  }
  const std::string path = wanted.group.empty() ? "/api/" + wanted.version
                                                : "/apis/" + wanted.group + "/" + wanted.version;
  client_.get_text(
      path, discovery_bytes_max,
      [known = known_, api_version, kind, wanted,
       reply = std::move(reply)](Result<std::string> body) mutable {
        if (!body && body.error().kind == ErrorKind::no_data) {
          return reply(std::optional<ResourceKind>());
        }
        if (!body) return reply(std::unexpected(body.error()));
        const auto tree = codec::parse_json(*body);
        const Tree::List* const resources = tree ? tree->list_at("/resources") : nullptr;
        if (resources == nullptr) {
          return reply(fail(ErrorKind::malformed,
                            "discovery of " + api_version + ": no resources in the answer"));
        }
        for (const Tree& resource : *resources) {
          const std::string plural = resource.text_or("/name", "");
          if (!is_path_segment(plural)) continue;  // a subresource, "deployments/scale"
          const std::string name = resource.text_or("/kind", "");
          (*known)[{api_version, name}] = {wanted.group, wanted.version, plural, name,
                                           resource.bool_at("/namespaced").value_or(true)};
        }
        const auto now = known->find({api_version, kind});
        reply(now == known->end() ? std::nullopt : std::optional(now->second));
      });
}

}  // namespace kai::kubeapi
