#include "kubeapi/discovery.h"

#include "codec/json.h"

namespace kai::kubeapi {
namespace {

constexpr std::size_t discovery_bytes_max = std::size_t{4} << 20U;

// "apps/v1" -> ("apps", "v1"); "v1" -> ("", "v1").
std::pair<std::string, std::string> split(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  if (slash == std::string::npos) return {"", api_version};
  return {api_version.substr(0, slash), api_version.substr(slash + 1)};
}

}  // namespace

void Discovery::find(const std::string& api_version, const std::string& kind,
                     Reply<std::optional<ResourceKind>> reply) {
  const auto lookup = [this, api_version, kind]() -> std::optional<ResourceKind> {
    const auto found = known_.find({api_version, kind});
    return found == known_.end() ? std::nullopt : std::optional(found->second);
  };
  if (asked_[api_version]) {
    client_.timers().at(client_.steady().now(),
                        [lookup, reply = std::move(reply)]() mutable { reply(lookup()); });
    return;
  }
  const auto [group, version] = split(api_version);
  const std::string path = group.empty() ? "/api/" + version : "/apis/" + group + "/" + version;
  client_.get_text(
      path, discovery_bytes_max,
      [this, api_version, group, version, lookup,
       reply = std::move(reply)](Result<std::string> body) mutable {
        if (!body && body.error().kind == ErrorKind::no_data)
          return reply(std::optional<ResourceKind>());
        if (!body) return reply(std::unexpected(body.error()));
        const auto tree = codec::parse_json(*body);
        const Tree::List* const resources = tree ? tree->list_at("/resources") : nullptr;
        if (resources == nullptr)
          return reply(fail(ErrorKind::malformed,
                            "discovery of " + api_version + ": no resources in the answer"));
        for (const Tree& resource : *resources) {
          const std::string plural = resource.text_or("/name", "");
          if (plural.find('/') != std::string::npos) continue;  // a subresource
          const std::string name = resource.text_or("/kind", "");
          known_[{api_version, name}] = {group, version, plural, name,
                                         resource.bool_at("/namespaced").value_or(true)};
        }
        asked_[api_version] = true;
        reply(lookup());
      });
}

}  // namespace kai::kubeapi
