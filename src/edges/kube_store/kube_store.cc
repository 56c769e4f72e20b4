#include "edges/kube_store/kube_store.h"

#include <algorithm>
#include <utility>

#include "codec/digest.h"
#include "codec/json.h"
#include "core/rollout/history_tree.h"
#include "core/rollout/record_tree.h"
#include "edges/kube_store/inputs_store.h"
#include "edges/kube_store/objects.h"

namespace kai::edges {
namespace {

using kubeapi::Answer;
using kubeapi::ResourceRef;
namespace kinds = kubeapi::kinds;

constexpr int submit_tries_max = 5;
constexpr std::size_t record_bytes_max = std::size_t{768} << 10U;  // a ConfigMap holds 1 MiB
constexpr std::size_t inbox_commands_max = 64;
const std::string history_selector = "kai-canary.dev/history=true";
Tree holder_tree(const ports::Holder& holder) {
  return Tree(Tree::Map{{"name", holder.name},
                        {"host", holder.host},
                        {"process", holder.process},
                        {"since", format_wall_time(holder.since)}});
}

// The identity is ours as JSON; whatever else stands there is shown as a name.
ports::Holder holder_from(const kubeapi::LeaseState& state) {
  const auto tree = codec::parse_json(state.holder);
  if (!tree || tree->as_map() == nullptr)
    return {.name = state.holder,
            .host = "?",
            .process = 0,
            .since = state.acquired_at,
            .silent = state.silent};
  return {.name = tree->text_or("/name", "?"),
          .host = tree->text_or("/host", "?"),
          .process = tree->int_at("/process").value_or(0),
          .since = parse_wall_time(tree->text_or("/since", "")).value_or(state.acquired_at),
          .silent = state.silent};
}

Result<Tree> tree_in(const Tree& config_map, std::string_view key) {
  const std::string* const text = config_map.text_at("/data/" + std::string(key));
  if (text == nullptr)
    return fail(ErrorKind::malformed, "ConfigMap " + config_map.text_or("/metadata/name", "?") +
                                          " has no key " + std::string(key));
  return codec::parse_json(*text);
}

std::string unreadable(const Tree& config_map, const Error& error) {
  return "ConfigMap " + config_map.text_or("/metadata/namespace", "?") + "/" +
         config_map.text_or("/metadata/name", "?") + ": " + error.message;
}

bool is_marked(const Tree& config_map, std::string_view label) {
  return config_map.text_or("/metadata/labels/kai-canary.dev~1" + std::string(label), "") == "true";
}

void add_entry(const Tree& config_map, ports::History& history) {
  const auto tree = tree_in(config_map, "entry");
  auto entry = tree ? core::history_entry_from(*tree) : std::unexpected(tree.error());
  if (entry) return history.entries.push_back(std::move(*entry));
  history.unreadable.push_back(unreadable(config_map, entry.error()));
}

void add_record(const Tree& config_map, ports::KnownRollouts& known) {
  const auto tree = tree_in(config_map, "record");
  auto record = tree ? core::record_from(*tree) : std::unexpected(tree.error());
  if (record) return known.records.push_back(std::move(*record));
  known.unreadable.push_back(unreadable(config_map, record.error()));
}

// What a candidate's Secrets and values may have in clear: the release's plan and the objects of
// the clones.
Tree take_inputs(Tree& record) {
  Tree inputs;
  inputs.set("releasePlan", *record.get("releasePlan"));
  if (const Tree* const objects = record.at("/workloadPlan/edge"))
    inputs.set("workloadPlan", *objects);
  record.set("releasePlan", Tree());
  if (Tree* const workload = record.get("workloadPlan")) workload->erase("edge");
  return inputs;
}

void put_inputs(Tree& record, const Tree& inputs) {
  if (const Tree* const release = inputs.get("releasePlan")) record.set("releasePlan", *release);
  const Tree* const objects = inputs.get("workloadPlan");
  Tree* const workload = record.get("workloadPlan");
  if (objects != nullptr && workload != nullptr && workload->as_map() != nullptr)
    workload->set("edge", *objects);
}

}  // namespace

std::string record_name_of(const std::string& release) { return "kai-canary-" + release; }

struct KubeStore::Impl : std::enable_shared_from_this<KubeStore::Impl> {
  Impl(kubeapi::Client& client_in, const SteadyClock& steady_in, const WallClock& wall_in,
       std::string name_space_in, std::string release_in)
      : client(client_in),
        steady(steady_in),
        wall(wall_in),
        name_space(std::move(name_space_in)),
        release(std::move(release_in)),
        inputs_store(client, name_space, release),
        lease(client, steady, wall,
              {.name_space = name_space,
               .name = record_name(),
               .term = claim_term,
               .labels = {{std::string(managed_by), "kai-canary"},
                          {std::string(label_release), release}}}) {}

  [[nodiscard]] std::string record_name() const { return record_name_of(release); }
  [[nodiscard]] ResourceRef record_ref() const {
    return {kinds::config_map, name_space, record_name()};
  }
  [[nodiscard]] ResourceRef history_ref(const std::string& rollout) const {
    return {kinds::config_map, name_space, record_name() + "." + rollout};
  }

  void load(Reply<std::optional<ports::Stored>> reply) {
    client.get(record_ref(), [self = shared_from_this(),
                              reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
      if (!found) return reply(std::unexpected(found.error()));
      if (!*found) return reply(std::optional<ports::Stored>());
      auto tree = tree_in(**found, "record");
      if (!tree) {
        return reply(
            std::unexpected(in_context("record of release " + self->release, tree.error())));
      }
      self->note_life(*tree);
      self->load_inputs(std::move(*tree), (*found)->text_or("/metadata/resourceVersion", ""),
                        std::move(reply));
    });
  }

  // Only the owner counts the rollout's time on; a command in the inbox leaves it as it is.
  void note_life(const Tree& record) {
    const std::string sign = codec::write_json(
        Tree(Tree::List{record.int_at("/epoch").value_or(0), record.int_at("/seq").value_or(0),
                        record.int_at("/total").value_or(0)}));
    if (life == sign) return;
    life = sign;
    alive_at = steady.now();
  }

  void claim(const std::string& holder, Reply<ports::ClaimOutcome> reply) {
    client.get(record_ref(), [self = shared_from_this(), holder,
                              reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
      if (!found) return reply(std::unexpected(found.error()));
      const auto record = *found ? tree_in(**found, "record")
                                 : Result<Tree>(fail(ErrorKind::no_data, "there is none"));
      if (record) self->note_life(*record);
      self->lease.acquire(
          holder,
          [reply = std::move(reply)](Result<kubeapi::Acquired> acquired) mutable {
            if (!acquired) return reply(std::unexpected(acquired.error()));
            reply(ports::ClaimOutcome{.granted = acquired->granted,
                                      .holder = holder_from(acquired->state),
                                      .transitions = acquired->state.transitions});
          },
          self->alive_at);
    });
  }

  // The pinned inputs may hold secrets, so they live in a Secret; the record has their digest.
  void load_inputs(Tree tree, std::string version, Reply<std::optional<ports::Stored>> reply) {
    note_life(tree);
    const std::string digest = tree.text_or("/releasePlan/inputsDigest", "");
    if (digest.empty()) return finish_load(std::move(tree), std::move(version), std::move(reply));
    if (digest == inputs_digest) {
      put_inputs(tree, inputs);
      return finish_load(std::move(tree), std::move(version), std::move(reply));
    }
    const InputsName name{.rollout = tree.text_or("/rollout", ""), .digest = digest};
    inputs_store.read(name, [self = shared_from_this(), tree = std::move(tree),
                             version = std::move(version), digest, reply = std::move(reply)](
                                Result<std::optional<std::string>> bytes) mutable {
      if (!bytes) return reply(std::unexpected(bytes.error()));
      const auto pinned = *bytes ? codec::parse_json(**bytes)
                                 : Result<Tree>(fail(ErrorKind::no_data, "they are gone"));
      if (pinned) {
        self->inputs = *pinned;
        self->inputs_digest = digest;
        put_inputs(tree, self->inputs);
      } else {
        // Lowering and cleaning up do not need them; an upgrade without them is refused by the
        // release's edge.
        put_inputs(tree, Tree(Tree::Map{{"releasePlan", Tree(Tree::Map{{"inputsLost", true}})}}));
      }
      self->finish_load(std::move(tree), std::move(version), std::move(reply));
    });
  }

  void finish_load(Tree tree, std::string version, Reply<std::optional<ports::Stored>> reply) {
    auto record = core::record_from(tree);
    if (!record) {
      return reply(std::unexpected(in_context("record of release " + release, record.error())));
    }
    reply(
        std::optional(ports::Stored{.record = std::move(*record), .version = std::move(version)}));
  }

  // The inputs are saved first: a record never names what is not there.
  void save(const core::Record& record, const std::string& version,
            Reply<ports::SaveOutcome> reply) {
    Tree tree = core::to_tree(record);
    if (record.release_plan.is_null() || record.release_plan.get("inputsLost") != nullptr) {
      return write_record(std::move(tree), version, std::move(reply));
    }
    Tree pinned = take_inputs(tree);
    const std::string bytes = codec::write_json(pinned);
    const InputsName name{.rollout = record.rollout, .digest = codec::sha256_hex(bytes)};
    tree.set("releasePlan", Tree(Tree::Map{{"inputsDigest", name.digest}}));
    // Of a rollout that is over they are not kept.
    if (name.digest == inputs_digest || record.rollout == forgotten) {
      return write_record(std::move(tree), version, std::move(reply));
    }
    inputs_store.write(
        name, bytes,
        [self = shared_from_this(), tree = std::move(tree), version, name,
         pinned = std::move(pinned), reply = std::move(reply)](Result<Unit> written) mutable {
          if (!written) return reply(std::unexpected(written.error()));
          auto take = [self, name, pinned = std::move(pinned),
                       reply = std::move(reply)](Result<ports::SaveOutcome> saved) mutable {
            if (saved && saved->conflict) self->remove_behind_another(name);
            if (saved && !saved->conflict) {
              self->inputs = std::move(pinned);
              self->inputs_digest = name.digest;
            }
            reply(std::move(saved));
          };
          self->write_record(std::move(tree), version, std::move(take));
        });
  }

  // The loser of a race cleans up, but only behind the record of another rollout: there nobody
  // writes these inputs again. Elsewhere the winner may be an earlier try of ours whose reply was
  // lost, or the same inputs may be saved once more in the next moment, and a removal that arrives
  // late would take them; what stays goes when the rollout ends (`remember`).
  void remove_behind_another(const InputsName& name) {
    client.get(record_ref(), [self = shared_from_this(), name](Result<std::optional<Tree>> found) {
      if (!found || !*found) return;
      const auto record = tree_in(**found, "record");
      if (!record) return;
      const std::string rollout = record->text_or("/rollout", name.rollout);
      if (rollout != name.rollout) self->inputs_store.remove(name);
    });
  }

  void write_record(Tree tree, const std::string& version, Reply<ports::SaveOutcome> reply) {
    Tree object = object_of_ours(
        {.ref = record_ref(), .release = release, .label = "record", .value = "true"});
    std::string bytes = codec::write_json(tree);
    // Decisions count for more than what the judge keeps for the next owner, who says that it was
    // too much to be saved.
    if (Tree* const evidence = tree.at("/judged/evidence");
        bytes.size() > record_bytes_max && evidence != nullptr) {
      *evidence = "";
      bytes = codec::write_json(tree);
    }
    if (bytes.size() > record_bytes_max) return refuse_record(bytes.size(), std::move(reply));
    object.set_at("/data/record", std::move(bytes));
    auto take = [reply = std::move(reply)](Result<Answer> answer) mutable {
      if (answer && (answer->outcome == Answer::Outcome::conflict ||
                     answer->outcome == Answer::Outcome::already_exists ||
                     answer->outcome == Answer::Outcome::not_found)) {
        return reply(ports::SaveOutcome{.conflict = true, .version = {}});
      }
      const auto saved = kubeapi::object_of(std::move(answer), "save the record");
      if (!saved) return reply(std::unexpected(saved.error()));
      reply(ports::SaveOutcome{.conflict = false,
                               .version = saved->text_or("/metadata/resourceVersion", "")});
    };
    const kubeapi::WriteOptions options{.field_manager = "kai-canary", .urgent = true};
    if (version.empty()) {
      return client.create(kinds::config_map, name_space, object, options, std::move(take));
    }
    object.set_at("/metadata/resourceVersion", version);
    client.replace(record_ref(), object, options, std::move(take));
  }

  void refuse_record(std::size_t bytes, Reply<ports::SaveOutcome> reply) {
    client.timers().at(
        client.steady().now(), [what = record_name(), bytes, reply = std::move(reply)]() mutable {
          reply(fail(ErrorKind::rejected, "the record " + what + " would be " +
                                              std::to_string(bytes) + " bytes, and at most " +
                                              std::to_string(record_bytes_max) + " are kept"));
        });
  }

  // A read and a compare-and-swap; the owner may be writing too, so it is tried a few times.
  void submit(const core::Command& command, int tries, Reply<Unit> reply) {
    client.get(record_ref(), [self = shared_from_this(), command, tries,
                              reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
      if (!found) return reply(std::unexpected(found.error()));
      if (!*found)
        return reply(fail(ErrorKind::rejected, "release " + self->release + " has no rollout"));
      auto tree = tree_in(**found, "record");
      if (!tree) return reply(std::unexpected(tree.error()));
      Tree* const inbox = tree->get("inbox");
      if (inbox == nullptr || inbox->as_list() == nullptr)
        return reply(fail(ErrorKind::malformed, "the record has no inbox"));
      if (inbox->as_list()->size() >= inbox_commands_max) {
        return reply(fail(ErrorKind::rejected,
                          "release " + self->release +
                              ": too many commands wait already; is anybody running the rollout?"));
      }
      inbox->push_back(core::to_tree(command));
      const std::string version = (*found)->text_or("/metadata/resourceVersion", "");
      self->write_record(
          std::move(*tree), version,
          [self, command, tries,
           reply = std::move(reply)](Result<ports::SaveOutcome> saved) mutable {
            if (!saved) return reply(std::unexpected(saved.error()));
            if (!saved->conflict) return reply(Unit{});
            if (tries + 1 < submit_tries_max)
              return self->submit(command, tries + 1, std::move(reply));
            reply(fail(ErrorKind::unavailable,
                       "the record changes too fast to put a command into it; try again"));
          });
    });
  }

  void remember(const ports::HistoryEntry& entry, Reply<Unit> reply) {
    const ResourceRef ref = history_ref(entry.rollout);
    Tree object =
        object_of_ours({.ref = ref, .release = release, .label = "history", .value = "true"});
    object.set_at("/data/entry", codec::write_json(core::to_tree(entry)));
    client.patch(ref, kubeapi::PatchKind::apply, codec::write_json(object),
                 {.field_manager = "kai-canary", .force = true},
                 [self = shared_from_this(), rollout = entry.rollout,
                  reply = std::move(reply)](Result<Answer> answer) mutable {
                   const auto saved = kubeapi::object_of(std::move(answer), "save the history");
                   if (!saved) return reply(std::unexpected(saved.error()));
                   self->inputs_store.remove_all_of(rollout);
                   self->forgotten = rollout;
                   self->forget_old();
                   reply(Unit{});
                 });
  }

  void forget_old() {
    history([self = shared_from_this()](Result<ports::History> history) {
      if (!history) return;
      for (const std::string& rollout : core::expired(std::move(history->entries), self->wall.now(),
                                                      history_entries_max, failed_history_kept)) {
        self->client.remove(self->history_ref(rollout), {}, [](Result<Answer> answer) {
          ignore(answer, "the next rollout tries again");
        });
      }
    });
  }

  void history(Reply<ports::History> reply) {
    const kubeapi::ListOptions options{.label_selector =
                                           history_selector + ",kai-canary.dev/release=" + release};
    client.list(kinds::config_map, name_space, options,
                [reply = std::move(reply)](Result<kubeapi::Listing> listing) mutable {
                  if (!listing) return reply(std::unexpected(listing.error()));
                  ports::History history;
                  for (const Tree& item : listing->items) add_entry(item, history);
                  core::sort_by_age(history.entries);
                  reply(std::move(history));
                });
  }

  kubeapi::Client& client;
  const SteadyClock& steady;
  const WallClock& wall;
  std::string name_space;
  std::string release;
  InputsStore inputs_store;
  kubeapi::Lease lease;
  Tree inputs;  // as last written or read
  std::string inputs_digest;
  std::string forgotten;  // rollout whose inputs were removed
  std::string life;       // what the owner's saves change, as last seen
  SteadyTime alive_at;    // when it changed under our eyes
};

KubeStore::KubeStore(kubeapi::Client& client, const SteadyClock& steady, const WallClock& wall,
                     std::string name_space, std::string release)
    : impl_(std::make_shared<Impl>(client, steady, wall, std::move(name_space),
                                   std::move(release))) {}
KubeStore::~KubeStore() = default;

void KubeStore::load(Reply<std::optional<ports::Stored>> reply) { impl_->load(std::move(reply)); }

void KubeStore::save(const core::Record& record, const std::string& version,
                     Reply<ports::SaveOutcome> reply) {
  impl_->save(record, version, std::move(reply));
}

void KubeStore::holder(Reply<std::optional<ports::Holder>> reply) {
  impl_->lease.look(
      [reply = std::move(reply)](Result<std::optional<kubeapi::LeaseState>> state) mutable {
        if (!state) return reply(std::unexpected(state.error()));
        if (!*state || (*state)->holder.empty()) return reply(std::optional<ports::Holder>());
        reply(std::optional(holder_from(**state)));
      },
      impl_->alive_at);
}

void KubeStore::claim(const ports::Holder& holder, Reply<ports::ClaimOutcome> reply) {
  impl_->claim(codec::write_json(holder_tree(holder)), std::move(reply));
}

void KubeStore::renew(Reply<bool> reply) { impl_->lease.renew(std::move(reply)); }
void KubeStore::give_up(Reply<Unit> reply) { impl_->lease.release(std::move(reply)); }
void KubeStore::submit(const core::Command& command, Reply<Unit> reply) {
  impl_->submit(command, 0, std::move(reply));
}
void KubeStore::remember(const ports::HistoryEntry& entry, Reply<Unit> reply) {
  impl_->remember(entry, std::move(reply));
}
void KubeStore::history(Reply<ports::History> reply) { impl_->history(std::move(reply)); }

void known_rollouts(kubeapi::Client& client, const std::string& name_space,
                    Reply<ports::KnownRollouts> reply) {
  client.list(kinds::config_map, name_space,
              {.label_selector = std::string(managed_by) + "=kai-canary"},
              [reply = std::move(reply)](Result<kubeapi::Listing> listing) mutable {
                if (!listing) return reply(std::unexpected(listing.error()));
                ports::KnownRollouts known;
                for (const Tree& item : listing->items) {
                  if (is_marked(item, "record")) add_record(item, known);
                  if (is_marked(item, "history")) add_entry(item, known.history);
                }
                core::sort_by_age(known.history.entries);
                reply(std::move(known));
              });
}

}  // namespace kai::edges
