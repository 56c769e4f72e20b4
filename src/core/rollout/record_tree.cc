#include "core/rollout/record_tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/tree_reader.h"
#include "core/plan/plan_tree.h"

namespace kai::core {
namespace {

constexpr auto known_fields = std::to_array<std::string_view>(
    {"schema",        "epoch",          "seq",           "rollout",
     "plan",          "phase",          "stage",         "settled",
     "end",           "reason",         "firstInstall",  "routeTouched",
     "exposed",       "finalRequested", "step",          "authorised",
     "applied",       "inStage",        "bakeCredit",    "unknownSpent",
     "total",         "capacityLosses", "pausedFrom",    "pausedStage",
     "lastPass",      "routeStamp",     "inbox",         "obeyed",
     "startRevision", "stableVersion",  "canaryVersion", "startedAt",
     "updatedAt",     "releasePlan",    "workloadPlan",  "routePlan",
     "metricPlan",    "judged"});

std::int64_t whole(std::uint64_t count) { return static_cast<std::int64_t>(count); }

Tree reason_tree(const Reason& reason) {
  return Tree(Tree::Map{{"code", reason.code}, {"sentence", reason.sentence}});
}

Tree pass_tree(const StepPass& pass) {
  return Tree(Tree::Map{{"step", std::int64_t{pass.step}},
                        {"from", format_wall_time(pass.evidence_from)},
                        {"to", format_wall_time(pass.evidence_to)},
                        {"canaryRequests", whole(pass.canary_requests)}});
}

// A name that nobody knows is of a newer version: it is refused rather than guessed.
template <typename T>
T named(TreeReader& reader, std::string_view key, std::optional<T> (*find)(std::string_view),
        bool& unknown) {
  const std::string text = reader.text(key);
  const std::optional<T> value = find(text);
  if (reader.is_good() && !value) unknown = true;
  return value.value_or(T{});
}

Reason reason_from(TreeReader& parent, std::string_view key) {
  TreeReader reader(parent.map(key), "record.reason");
  Reason reason{.code = reader.text("code"), .sentence = reader.text("sentence")};
  if (!reader.is_good()) parent.mistake(key, "reason");
  return reason;
}

std::optional<StepPass> pass_from(TreeReader& parent) {
  const Tree& tree = parent.any("lastPass");
  if (tree.is_null()) return std::nullopt;
  TreeReader reader(tree, "record.lastPass");
  StepPass pass{.step = static_cast<std::uint32_t>(reader.count("step")),
                .evidence_from = reader.time("from"),
                .evidence_to = reader.time("to"),
                .canary_requests = reader.count("canaryRequests")};
  if (!reader.is_good()) parent.mistake("lastPass", "pass of a step");
  return pass;
}

Tree judged_tree(const Judged& judged) {
  return Tree(Tree::Map{{"evidence", judged.evidence},
                        {"frames", whole(judged.frames)},
                        {"to", format_wall_time(judged.to)},
                        {"canaryRequests", whole(judged.canary_requests)},
                        {"allRequests", whole(judged.all_requests)},
                        {"loadRatio", judged.load_ratio},
                        {"ofStep", judged.of_step},
                        {"failed", judged.failed},
                        {"sentence", judged.sentence}});
}

Judged judged_from(TreeReader& parent) {
  const Tree& tree = parent.any("judged");
  if (tree.is_null()) return {};
  TreeReader reader(tree, "record.judged");
  Judged judged{.evidence = reader.text("evidence"),
                .frames = reader.count("frames"),
                .to = reader.time("to"),
                .canary_requests = reader.count("canaryRequests"),
                .all_requests = reader.count("allRequests"),
                .load_ratio = reader.number("loadRatio"),
                .of_step = reader.yes_no("ofStep"),
                .failed = reader.yes_no("failed"),
                .sentence = reader.text("sentence")};
  if (!reader.is_good()) parent.mistake("judged", "evidence of the judge");
  return judged;
}

Stamp stamp_from(TreeReader& parent) {
  const std::string text = parent.text("routeStamp");
  if (text.empty()) return {};
  const auto stamp = parse_stamp(text);
  if (!stamp) parent.mistake("routeStamp", "stamp");
  return stamp.value_or(Stamp{});
}

Weight weight_from(TreeReader& parent) {
  const std::uint64_t hundredths = parent.count("authorised");
  if (hundredths <= Weight::hundredths_max) return Weight::from_hundredths(whole(hundredths));
  parent.mistake("authorised", "weight");
  return Weight::zero();
}

Tree unknown_fields_of(const Tree& tree) {
  Tree unknown;
  if (tree.as_map() == nullptr) return unknown;
  for (const auto& [key, value] : *tree.as_map()) {
    if (std::ranges::find(known_fields, key) == known_fields.end()) unknown.set(key, value);
  }
  return unknown;
}

void read_times(TreeReader& reader, Record& record) {
  record.in_stage = reader.duration("inStage");
  record.bake_credit = reader.duration("bakeCredit");
  record.unknown_spent = reader.duration("unknownSpent");
  record.total = reader.duration("total");
  record.started_at = reader.time("startedAt");
  record.updated_at = reader.time("updatedAt");
}

void read_commands(TreeReader& reader, Record& record) {
  for (const Tree& item : reader.list("inbox")) {
    auto command = command_from(item);
    if (!command) reader.mistake("inbox", "list of commands");
    if (command) record.inbox.push_back(std::move(*command));
  }
  for (const Tree& item : reader.list("obeyed")) {
    if (item.as_text() == nullptr) reader.mistake("obeyed", "list of texts");
    if (item.as_text() != nullptr) record.obeyed.push_back(*item.as_text());
  }
}

void read_edges(TreeReader& reader, Record& record) {
  record.release_plan = reader.any("releasePlan");
  record.workload_plan = reader.any("workloadPlan");
  record.route_plan = reader.any("routePlan");
  record.metric_plan = reader.any("metricPlan");
}

bool is_possible(const Record& record) {
  return record.rollout.empty() || record.step < record.plan.steps.size();
}

}  // namespace

Tree to_tree(const Command& command) {
  return Tree(Tree::Map{{"id", command.id},
                        {"verb", name_of(command.verb)},
                        {"who", command.who},
                        {"when", format_wall_time(command.when)}});
}

Result<Command> command_from(const Tree& tree) {
  TreeReader reader(tree, "command");
  bool unknown = false;
  Command command{.id = reader.text("id"),
                  .verb = named<Verb>(reader, "verb", verb_from, unknown),
                  .who = reader.text("who"),
                  .when = reader.time("when")};
  if (!reader.is_good()) return std::unexpected(reader.error());
  if (unknown) return fail(ErrorKind::rejected, "command: a verb of a newer version");
  return command;
}

Tree to_tree(const Record& record) {
  Tree inbox = Tree::list();
  for (const Command& command : record.inbox) inbox.push_back(to_tree(command));
  Tree obeyed = Tree::list();
  for (const std::string& id : record.obeyed) obeyed.push_back(id);
  const bool stamped = !record.route_stamp.rollout.empty();
  Tree tree(Tree::Map{{"schema", std::int64_t{record.schema}},
                      {"epoch", whole(record.epoch)},
                      {"seq", whole(record.seq)},
                      {"rollout", record.rollout},
                      {"plan", to_tree(record.plan)},
                      {"phase", name_of(record.phase)},
                      {"stage", name_of(record.stage)},
                      {"settled", record.settled},
                      {"end", name_of(record.end)},
                      {"reason", reason_tree(record.reason)},
                      {"firstInstall", record.first_install},
                      {"routeTouched", record.route_touched},
                      {"exposed", record.exposed},
                      {"finalRequested", record.final_requested},
                      {"step", std::int64_t{record.step}},
                      {"authorised", std::int64_t{record.authorised.hundredths()}},
                      {"applied", name_of(record.applied)},
                      {"inStage", record.in_stage.count()},
                      {"bakeCredit", record.bake_credit.count()},
                      {"unknownSpent", record.unknown_spent.count()},
                      {"total", record.total.count()},
                      {"capacityLosses", std::int64_t{record.capacity_losses}},
                      {"pausedFrom", name_of(record.paused_from)},
                      {"pausedStage", name_of(record.paused_stage)},
                      {"routeStamp", stamped ? format_stamp(record.route_stamp) : ""},
                      {"inbox", std::move(inbox)},
                      {"obeyed", std::move(obeyed)},
                      {"startRevision", record.start_revision},
                      {"stableVersion", record.stable_version},
                      {"canaryVersion", record.canary_version},
                      {"startedAt", format_wall_time(record.started_at)},
                      {"updatedAt", format_wall_time(record.updated_at)},
                      {"releasePlan", record.release_plan},
                      {"workloadPlan", record.workload_plan},
                      {"routePlan", record.route_plan},
                      {"metricPlan", record.metric_plan}});
  if (record.last_pass) tree.set("lastPass", pass_tree(*record.last_pass));
  if (record.judged.frames > 0) tree.set("judged", judged_tree(record.judged));
  if (record.unknown_fields.as_map() == nullptr) return tree;
  for (const auto& [key, value] : *record.unknown_fields.as_map()) tree.set(key, value);
  return tree;
}

Result<Record> record_from(const Tree& tree) {
  TreeReader reader(tree, "record");
  const std::uint64_t schema = reader.count("schema");
  if (reader.is_good() && schema > schema_current) {
    return fail(ErrorKind::rejected, "the record was written by a newer kai-canary (schema " +
                                         std::to_string(schema) + "); use that version");
  }
  bool unknown = false;
  Record record{.schema = static_cast<std::uint32_t>(schema),
                .epoch = reader.count("epoch"),
                .seq = reader.count("seq"),
                .rollout = reader.text("rollout")};
  auto plan = plan_from(reader.map("plan"));
  record.phase = named<Phase>(reader, "phase", phase_from, unknown);
  record.stage = named<Stage>(reader, "stage", stage_from, unknown);
  record.end = named<End>(reader, "end", end_from, unknown);
  record.applied = named<Applied>(reader, "applied", applied_from, unknown);
  record.paused_from = named<Phase>(reader, "pausedFrom", phase_from, unknown);
  record.paused_stage = named<Stage>(reader, "pausedStage", stage_from, unknown);
  record.settled = reader.yes_no("settled");
  record.reason = reason_from(reader, "reason");
  record.first_install = reader.yes_no("firstInstall");
  record.route_touched = reader.yes_no("routeTouched");
  record.exposed = reader.yes_no("exposed");
  record.final_requested = reader.yes_no("finalRequested");
  record.step = static_cast<std::uint32_t>(reader.count("step"));
  record.authorised = weight_from(reader);
  record.capacity_losses = static_cast<std::uint32_t>(reader.count("capacityLosses"));
  record.last_pass = pass_from(reader);
  record.judged = judged_from(reader);
  record.route_stamp = stamp_from(reader);
  record.start_revision = reader.whole("startRevision");
  record.stable_version = reader.text("stableVersion");
  record.canary_version = reader.text("canaryVersion");
  read_times(reader, record);
  read_commands(reader, record);
  read_edges(reader, record);
  record.unknown_fields = unknown_fields_of(tree);
  if (!reader.is_good()) return std::unexpected(reader.error());
  if (unknown) {
    return fail(ErrorKind::rejected,
                "the record is in a phase that only a newer kai-canary knows; use that version");
  }
  if (!plan) return std::unexpected(in_context("record", plan.error()));
  record.plan = std::move(*plan);
  if (!is_possible(record))
    return fail(ErrorKind::malformed, "record: step is not one of the plan's");
  return record;
}

}  // namespace kai::core
