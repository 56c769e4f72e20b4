#include "edges/splitter_admin/splitter_answers.h"

#include <algorithm>
#include <utility>

#include "base/tree.h"
#include "codec/json.h"
#include "codec/quote.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/findings.h"

namespace kai::edges {
namespace {

using splitter::CallErrorCode;

constexpr codec::JsonLimits json_limits{.depth_max = 32, .bytes_max = splitter_answer_bytes_max};
constexpr std::size_t findings_shown_max = 3;
constexpr std::size_t shown_bytes_max = 400;
constexpr std::size_t workers_max = 1024;

Result<Tree> read_map(std::string_view body) {
  auto tree = codec::parse_json(body, json_limits);
  if (!tree) return std::unexpected(in_context("the splitter's answer", std::move(tree.error())));
  if (tree->as_map() == nullptr)
    return fail(ErrorKind::malformed, "the splitter's answer is no map");
  return tree;
}

Result<std::uint64_t> read_count(const Tree& tree, std::string_view pointer) {
  const auto count = tree.int_at(pointer);
  if (count && *count >= 0) return static_cast<std::uint64_t>(*count);
  return fail(ErrorKind::malformed,
              "the splitter's answer has no count at " + std::string(pointer));
}

Result<bool> read_yes_no(const Tree& tree, std::string_view pointer) {
  if (const auto value = tree.bool_at(pointer)) return *value;
  return fail(ErrorKind::malformed,
              "the splitter's answer has no true or false at " + std::string(pointer));
}

std::string shown(std::string_view text) {
  const std::string cut = codec::printable(text.substr(0, shown_bytes_max));
  return text.size() > shown_bytes_max ? cut + "..." : cut;
}

// "; /routes/0/split: must ...": the first mistakes of those that it found.
std::string mistakes_of(const Tree& error) {
  const Tree::List* const findings = error.list_at("/findings");
  if (findings == nullptr) return "";
  std::string text;
  for (std::size_t at = 0; at < std::min(findings->size(), findings_shown_max); ++at) {
    const Tree& finding = (*findings)[at];
    text += "; " + shown(finding.text_or("/pointer", "")) + ": " +
            shown(finding.text_or("/message", "(no reason)"));
  }
  return text;
}

ErrorKind kind_of(std::string_view code, int status) {
  for (const CallErrorCode useless :
       {CallErrorCode::malformed, CallErrorCode::invalid, CallErrorCode::unknown_route,
        CallErrorCode::unknown_call, CallErrorCode::wrong_method, CallErrorCode::forbidden}) {
    if (code == name_of(useless)) return ErrorKind::rejected;
  }
  for (const CallErrorCode later :
       {CallErrorCode::stale_epoch, CallErrorCode::stale_base, CallErrorCode::superseded,
        CallErrorCode::not_saved, CallErrorCode::barrier_timeout}) {
    if (code == name_of(later)) return ErrorKind::unavailable;
  }
  return status >= 500 ? ErrorKind::unavailable : ErrorKind::malformed;
}

// What the code means for whoever asked, before the splitter's own words.
std::string meaning_of(std::string_view code) {
  if (code == name_of(CallErrorCode::stale_epoch)) return "this write was overtaken: ";
  if (code == name_of(CallErrorCode::stale_base)) return "changed by others each time: ";
  if (code == name_of(CallErrorCode::barrier_timeout)) return "not in force everywhere yet: ";
  return "refused: ";
}

}  // namespace

Result<splitter::SnapshotSpec> read_snapshot(std::string_view body) {
  const auto tree = read_map(body);
  if (!tree) return std::unexpected(tree.error());
  splitter::Findings findings;
  auto snapshot = splitter::read_snapshot_spec({.tree = *tree, .pointer = ""},
                                               splitter::SnapshotForm::stored, findings);
  if (findings.empty()) return snapshot;
  const splitter::Finding& first = findings.list().front();
  return fail(ErrorKind::malformed, "the splitter's configuration is not of the form: " +
                                        shown(first.pointer) + ": " + shown(first.message));
}

Result<SplitterStatus> read_status(std::string_view body) {
  const auto tree = read_map(body);
  if (!tree) return std::unexpected(tree.error());
  const auto generation = read_count(*tree, "/generation");
  if (!generation) return std::unexpected(generation.error());
  const auto epoch = read_count(*tree, "/writer_epoch");
  if (!epoch) return std::unexpected(epoch.error());
  const auto durable = read_yes_no(*tree, "/durable");
  if (!durable) return std::unexpected(durable.error());
  SplitterStatus status{.generation = *generation,
                        .writer_epoch = *epoch,
                        .durable = *durable,
                        .is_draining = tree->bool_at("/draining").value_or(false)};
  const Tree::List* const workers = tree->list_at("/workers");
  if (workers == nullptr || workers->empty() || workers->size() > workers_max)
    return fail(ErrorKind::malformed, "the splitter's status names no workers, or too many");
  for (const Tree& worker : *workers) {
    const auto uses = read_count(worker, "/generation");
    if (!uses) return std::unexpected(uses.error());
    status.workers.push_back(*uses);
  }
  return status;
}

Result<SplitterWritten> read_written(std::string_view body) {
  const auto tree = read_map(body);
  if (!tree) return std::unexpected(tree.error());
  const auto generation = read_count(*tree, "/generation");
  if (!generation) return std::unexpected(generation.error());
  const auto durable = read_yes_no(*tree, "/durable");
  if (!durable) return std::unexpected(durable.error());
  return SplitterWritten{.generation = *generation, .durable = *durable};
}

SplitterRefusal read_refusal(const net::HttpResponse& response) {
  const auto tree = read_map(response.body);
  const Tree* const error = tree ? tree->get("error") : nullptr;
  const std::string code = error == nullptr ? "" : error->text_or("/code", "");
  const ErrorKind kind = kind_of(code, response.status);
  if (code.empty() || kind == ErrorKind::malformed) {
    return {.error = {.kind = kind,
                      .message = "the splitter answered with status " +
                                 std::to_string(response.status) + " and no reason"}};
  }
  return {.error = {.kind = kind,
                    .message = meaning_of(code) + shown(error->text_or("/message", "(no reason)")) +
                               mistakes_of(*error)},
          .is_stale_base = code == name_of(CallErrorCode::stale_base)};
}

std::string write_pushed(const splitter::SnapshotSpec& wanted) {
  Tree tree = splitter::write_snapshot_spec(wanted, splitter::Salts::written);
  const Tree base = *tree.get("generation");
  tree.erase("generation");
  tree.set("base_generation", base);
  return codec::write_json(tree);
}

}  // namespace kai::edges
