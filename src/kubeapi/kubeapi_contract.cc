// Drives the client against a real API server, for tests/cluster/test_kubeapi_contract.py. One JSON
// command per line in, one JSON answer per line out.
//   kubeapi_contract [context=NAME] [as=USER]
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "codec/json.h"
#include "kubeapi/client.h"
#include "kubeapi/discovery.h"
#include "kubeapi/events.h"
#include "kubeapi/kubeconfig.h"
#include "kubeapi/lease.h"
#include "kubeapi/watch.h"
#include "net/http_beast_client.h"
#include "net/loop.h"
#include "os/environment.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_process.h"
#include "os/real_random.h"

namespace kai::kubeapi {
namespace {

// Everything real, on one loop.
struct World {
  os::RealSteadyClock steady;
  os::RealWallClock wall;
  os::RealRandom random;
  net::Loop loop{steady, [](std::string_view what) { std::cerr << "bug: " << what << '\n'; }};
  os::RealDisk disk{"/tmp"};
  os::RealProcess process{loop, loop, steady};
  net::BeastHttpClient http{loop, {}};
  Client client;
  Discovery discovery{client};
  std::map<std::string, std::unique_ptr<Lease>> leases;  // one per process that the test plays
  std::unique_ptr<Watch> watch;
  Tree watched = Tree::list();
  Tree warnings = Tree::list();

  explicit World(const ClusterAccess& access)
      : client(http, loop, steady, access,
               std::make_shared<Credentials>(access.user, access.server, disk, process, wall,
                                             os::read_environment(), nullptr),
               {.user_agent = "kubeapi-contract/1", .jitter = &random}) {
    client.on_warning([this](const std::string& text) { warnings.push_back(text); });
  }

  // Waits for the answer of `ask`, which gets the reply.
  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> answer;
    int answers = 0;
    ask(Reply<T>([&](Result<T> got) {
      answers += 1;
      answer.emplace(std::move(got));
    }));
    if (answer) throw Bug("a reply came before the asking call returned");
    loop.run_until([&answer] { return answer.has_value(); });
    if (answers != 1) throw Bug("a reply came more than once");
    return std::move(*answer);
  }
};

Tree error_tree(const Error& error) {
  return Tree(Tree::Map{{"error", error.message}, {"kind", name_of(error.kind)}});
}

std::string_view name_of(Answer::Outcome outcome) {
  switch (outcome) {
    case Answer::Outcome::done:
      return "done";
    case Answer::Outcome::conflict:
      return "conflict";
    case Answer::Outcome::already_exists:
      return "already_exists";
    case Answer::Outcome::not_found:
      return "not_found";
    case Answer::Outcome::refused:
      return "refused";
  }
  return "?";
}

Tree answer_tree(const Result<Answer>& answer) {
  if (!answer) return error_tree(answer.error());
  return Tree(Tree::Map{{"outcome", name_of(answer->outcome)},
                        {"message", answer->message},
                        {"object", answer->object}});
}

Result<ResourceKind> kind_of(World& world, const Tree& command) {
  auto found = world.wait<std::optional<ResourceKind>>([&](auto reply) {
    world.discovery.find(command.text_or("/apiVersion", "v1"), command.text_or("/kind", ""),
                         std::move(reply));
  });
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(ErrorKind::no_data, "no such kind");
  return std::move(**found);
}

WriteOptions options_of(const Tree& command) {
  return {.field_manager = command.text_or("/fieldManager", "contract"),
          .dry_run = command.bool_at("/dryRun").value_or(false),
          .strict = command.bool_at("/strict").value_or(false),
          .force = command.bool_at("/force").value_or(false),
          .subresource = command.text_or("/subresource", "")};
}

PatchKind patch_kind_of(const std::string& text) {
  if (text == "json") return PatchKind::json;
  if (text == "merge") return PatchKind::merge;
  return text == "strategic" ? PatchKind::strategic : PatchKind::apply;
}

Tree write(World& world, const std::string& verb, const ResourceRef& ref, const Tree& command) {
  const Tree* const object = command.get("object");
  return answer_tree(world.wait<Answer>([&](Reply<Answer> reply) {
    Client& client = world.client;
    const WriteOptions options = options_of(command);
    if (verb == "create") {
      return client.create(ref.kind, ref.name_space, *object, options, std::move(reply));
    }
    if (verb == "replace") return client.replace(ref, *object, options, std::move(reply));
    if (verb == "remove") {
      return client.remove(ref, {.uid = command.text_or("/uid", "")}, std::move(reply));
    }
    client.patch(ref, patch_kind_of(command.text_or("/patch", "")), command.text_or("/body", ""),
                 options, std::move(reply));
  }));
}

Tree get(World& world, const ResourceRef& ref) {
  const auto found =
      world.wait<std::optional<Tree>>([&](auto reply) { world.client.get(ref, std::move(reply)); });
  if (!found) return error_tree(found.error());
  return Tree(Tree::Map{{"object", *found ? **found : Tree()}});
}

Tree list(World& world, const ResourceRef& ref, const Tree& command) {
  const ListOptions options{.label_selector = command.text_or("/selector", ""),
                            .metadata_only = command.bool_at("/metadataOnly").value_or(false)};
  const auto listing = world.wait<Listing>(
      [&](auto reply) { world.client.list(ref.kind, ref.name_space, options, std::move(reply)); });
  if (!listing) return error_tree(listing.error());
  return Tree(Tree::Map{{"items", listing->items}, {"version", listing->resource_version}});
}

void start_watch(World& world, const ResourceRef& ref, const Tree& command) {
  world.watched = Tree::list();
  const auto tell = [&world](std::string what) { world.watched.push_back(std::move(what)); };
  world.watch = std::make_unique<Watch>(
      world.client, world.random, ref.kind, ref.name_space,
      ListOptions{.label_selector = command.text_or("/selector", "")},
      WatchEvents{.on_change =
                      [tell](Change change, const Tree& object) {
                        const std::string name = object.text_or("/metadata/name", "?");
                        if (change == Change::added) tell("added " + name);
                        if (change == Change::modified) tell("modified " + name);
                        if (change == Change::deleted) tell("deleted " + name);
                      },
                  .on_synced = [tell] { tell("synced"); },
                  .on_trouble = [tell](const Error& error) { tell(error.message); }});
}

// Until `count` events were told, or `seconds` are over.
Tree take_watched(World& world, const Tree& command) {
  const std::size_t count = static_cast<std::size_t>(command.int_at("/count").value_or(1));
  bool over = false;
  const TimerId timer = world.loop.at(
      world.steady.now() + std::chrono::seconds(command.int_at("/seconds").value_or(5)),
      [&over] { over = true; });
  world.loop.run_until([&] { return over || world.watched.as_list()->size() >= count; });
  world.loop.cancel(timer);
  return std::exchange(world.watched, Tree::list());
}

Tree lease(World& world, const Tree& command) {
  const std::string who = command.text_or("/who", "");
  std::unique_ptr<Lease>& ours = world.leases[who];
  if (!ours) {
    ours = std::make_unique<Lease>(
        world.client, world.steady, world.wall,
        LeaseSpec{.name_space = command.text_or("/namespace", ""),
                  .name = command.text_or("/name", ""),
                  .term = std::chrono::seconds(command.int_at("/term").value_or(15)),
                  .labels = {{"contract", "yes"}}});
  }
  const std::string verb = command.text_or("/lease", "");
  if (verb == "acquire") {
    const auto got =
        world.wait<Acquired>([&](auto reply) { ours->acquire(who, std::move(reply)); });
    if (!got) return error_tree(got.error());
    return Tree(Tree::Map{{"granted", got->granted},
                          {"holder", got->state.holder},
                          {"transitions", static_cast<std::int64_t>(got->state.transitions)}});
  }
  if (verb == "renew") {
    const auto kept = world.wait<bool>([&](auto reply) { ours->renew(std::move(reply)); });
    return kept ? Tree(Tree::Map{{"kept", *kept}}) : error_tree(kept.error());
  }
  const auto done = world.wait<Unit>([&](auto reply) { ours->release(std::move(reply)); });
  return done ? Tree::map() : error_tree(done.error());
}

Tree post_event(World& world, const Tree& command) {
  EventPoster poster(world.client, world.steady, world.wall,
                     {.controller = "example.org/contract", .instance = "contract"});
  poster.post(*command.get("object"),
              {.reason = "Tried", .action = "Try", .note = command.text_or("/note", "")});
  static_cast<void>(world.loop.run_until([&] { return poster.is_idle(); }));
  return Tree(Tree::Map{{"posted", poster.failures() == 0}});
}

Tree may_i(World& world, const ResourceRef& ref, const Tree& command) {
  const AccessQuestion question{
      .verb = command.text_or("/verb", ""), .kind = ref.kind, .name_space = ref.name_space};
  const auto answers = world.wait<std::vector<bool>>(
      [&](auto reply) { world.client.may_i({question}, std::move(reply)); });
  if (!answers) return error_tree(answers.error());
  return Tree(Tree::Map{{"allowed", bool(answers->front())}});
}

Tree obey(World& world, const Tree& command) {
  const std::string verb = command.text_or("/do", "");
  if (verb == "watched") return take_watched(world, command);
  if (verb == "warnings") return std::exchange(world.warnings, Tree::list());
  if (verb == "lease") return lease(world, command);
  if (verb == "event") return post_event(world, command);
  if (verb == "version") {
    const auto version =
        world.wait<std::string>([&](auto reply) { world.client.version(std::move(reply)); });
    return version ? Tree(Tree::Map{{"version", *version}}) : error_tree(version.error());
  }
  const auto kind = kind_of(world, command);
  if (!kind) return error_tree(kind.error());
  const ResourceRef ref{*kind, command.text_or("/namespace", ""), command.text_or("/name", "")};
  if (verb == "get") return get(world, ref);
  if (verb == "list") return list(world, ref, command);
  if (verb == "mayI") return may_i(world, ref, command);
  if (verb == "watch") {
    start_watch(world, ref, command);
    return Tree::map();
  }
  return write(world, verb, ref, command);
}

std::string argument(int count, char** arguments, const std::string& name) {
  for (int i = 1; i < count; ++i) {
    const std::string text = arguments[i];
    if (text.starts_with(name + "=")) return text.substr(name.size() + 1);
  }
  return {};
}

int run(int count, char** arguments) {
  os::RealDisk disk("/tmp");
  auto access = load_access(disk, os::read_environment(),
                            {.path = "", .context = argument(count, arguments, "context")});
  if (!access) {
    std::cerr << access.error().message << '\n';
    return 1;
  }
  access->user.impersonate_user = argument(count, arguments, "as");
  World world(*access);
  for (std::string line; std::getline(std::cin, line);) {
    const auto command = codec::parse_json(line);
    const Tree answer = command ? obey(world, *command) : error_tree(command.error());
    std::cout << codec::write_json(answer) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace kai::kubeapi

int main(int count, char** arguments) { return kai::kubeapi::run(count, arguments); }
