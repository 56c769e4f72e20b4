#include "edges/splitter_admin/splitter_files.h"

#include <algorithm>
#include <utility>

#include "base/tree.h"
#include "codec/json.h"

namespace kai::edges {
namespace {

constexpr std::size_t configuration_bytes_max = std::size_t{16} << 20;  // as the splitter's own
constexpr std::size_t identity_bytes_max = 4096;
constexpr codec::JsonLimits json_limits{.depth_max = 32, .bytes_max = configuration_bytes_max};

Tree listeners_of(const std::vector<std::string>& addresses) {
  Tree listeners = Tree::list();
  for (const std::string& address : addresses) {
    Tree listener;
    listener.set("name", listener_name(address));
    listener.set("address", address);
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

}  // namespace

std::string listener_name(std::string_view address) {
  std::string name(address);
  std::erase_if(name, [](char letter) { return letter == '[' || letter == ']'; });
  return name;
}

std::string write_configuration(const SplitterFiles& files, const std::vector<std::string>& listen,
                                const splitter::SnapshotSpec& first) {
  Tree configuration;
  configuration.set("control_socket", files.socket());
  configuration.set("state_dir", files.state());
  configuration.set("listeners", listeners_of(listen));
  configuration.set("snapshot", write_snapshot_spec(first, splitter::Salts::written));
  return codec::write_json_pretty(configuration) + "\n";
}

Result<std::string> move_listeners(os::Disk& disk, const SplitterFiles& files,
                                   const std::vector<std::string>& listen) {
  const auto text = disk.read(files.configuration(), configuration_bytes_max);
  if (!text) return std::unexpected(text.error());
  auto tree = codec::parse_json(*text, json_limits);
  if (!tree || tree->as_map() == nullptr)
    return fail(ErrorKind::malformed, files.configuration() + " is no configuration");
  tree->set("listeners", listeners_of(listen));
  return codec::write_json_pretty(*tree) + "\n";
}

Result<std::optional<std::vector<std::string>>> read_listeners(os::Disk& disk,
                                                               const SplitterFiles& files) {
  const auto text = disk.read(files.configuration(), configuration_bytes_max);
  if (!text && text.error().kind == ErrorKind::no_data) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  const auto tree = codec::parse_json(*text, json_limits);
  const Tree::List* const list = tree ? tree->list_at("/listeners") : nullptr;
  std::vector<std::string> addresses;
  if (list != nullptr) {
    for (const Tree& listener : *list) addresses.push_back(listener.text_or("/address", ""));
  }
  if (addresses.empty() || std::ranges::find(addresses, "") != addresses.end()) {
    return fail(ErrorKind::malformed, files.configuration() +
                                          " is no configuration of kai-splitter; " +
                                          (tree ? "it names no listeners" : tree.error().message));
  }
  std::ranges::sort(addresses);
  return addresses;
}

std::string write_identity(const os::ProcessIdentity& identity) {
  Tree tree;
  tree.set("pid", identity.pid);
  tree.set("started", static_cast<std::int64_t>(identity.started));
  tree.set("boot", identity.boot);
  return codec::write_json(tree) + "\n";
}

Result<std::optional<os::ProcessIdentity>> read_identity(os::Disk& disk,
                                                         const SplitterFiles& files) {
  const auto text = disk.read(files.identity(), identity_bytes_max);
  if (!text && text.error().kind == ErrorKind::no_data) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  const auto tree = codec::parse_json(*text, json_limits);
  if (!tree) return std::nullopt;
  const auto pid = tree->int_at("/pid");
  const auto started = tree->int_at("/started");
  if (!pid || !started || *pid <= 0 || *started < 0) return std::nullopt;
  return os::ProcessIdentity{.pid = *pid,
                             .started = static_cast<std::uint64_t>(*started),
                             .boot = tree->text_or("/boot", "")};
}

}  // namespace kai::edges
