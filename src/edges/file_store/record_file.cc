#include "edges/file_store/record_file.h"

#include <utility>

#include "base/tree_reader.h"
#include "core/rollout/record_tree.h"
#include "edges/file_store/file_store.h"

namespace kai::edges {
namespace {

constexpr std::uint64_t format_current = 1;
constexpr std::size_t inbox_commands_max = 64;
constexpr std::uint64_t generation_max = std::uint64_t{1} << 62U;  // then from 1 again

Error with_remedy(const SealedPlace& place, Error error) {
  if (error.kind == ErrorKind::malformed)
    error.message += "; to begin anew without what it says, move " + place.path + " away";
  return error;
}

std::int64_t after(std::uint64_t generation) {
  return generation < generation_max ? static_cast<std::int64_t>(generation + 1) : 1;
}

std::size_t inbox_size(const Tree& record) {
  const Tree* const inbox = record.get("inbox");
  return inbox == nullptr || inbox->as_list() == nullptr ? 0 : inbox->as_list()->size();
}

}  // namespace

RecordFile::RecordFile(os::Disk& disk, const std::string& directory)
    : disk_(disk), place_{.path = directory + "/record.json", .bytes_max = record_file_bytes_max} {}

Result<std::optional<RecordFile::Found>> RecordFile::find() {
  auto sealed = read_sealed(disk_, place_);
  if (!sealed) return std::unexpected(with_remedy(place_, sealed.error()));
  if (!*sealed) return std::optional<Found>();
  TreeReader reader((*sealed)->content, place_.path);
  const std::uint64_t format = reader.count("format");
  if (reader.is_good() && format > format_current) {
    return fail(ErrorKind::rejected, place_.path + " was written by a newer kai-canary (format " +
                                         std::to_string(format) + "); use that version");
  }
  Found found{.record = reader.map("record"),
              .generation = reader.count("generation"),
              .version = std::move((*sealed)->digest)};
  if (!reader.is_good()) return std::unexpected(with_remedy(place_, reader.error()));
  return std::optional(std::move(found));
}

Result<std::string> RecordFile::write(Tree record, std::uint64_t last_generation) {
  Tree content(Tree::Map{{"format", static_cast<std::int64_t>(format_current)},
                         {"generation", after(last_generation)},
                         {"record", std::move(record)}});
  auto written = replace_sealed(disk_, place_, content);
  if (written || written.error().kind != ErrorKind::rejected) return written;
  // Decisions count for more than what the judge keeps for the next owner, who says that it was too
  // much to be saved.
  Tree* const evidence = content.at("/record/judged/evidence");
  if (evidence == nullptr) return written;
  *evidence = "";
  return replace_sealed(disk_, place_, content);
}

Result<std::optional<ports::Stored>> RecordFile::load() {
  auto found = find();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::optional<ports::Stored>();
  auto record = core::record_from((*found)->record);
  if (!record) return std::unexpected(with_remedy(place_, in_context(place_.path, record.error())));
  return std::optional(
      ports::Stored{.record = std::move(*record), .version = std::move((*found)->version)});
}

Result<ports::SaveOutcome> RecordFile::save(const core::Record& record,
                                            const std::string& version) {
  const ports::SaveOutcome conflict{.conflict = true, .version = {}};
  const auto found = find();
  if (!found) return std::unexpected(found.error());  // what nobody can read stays
  if ((*found ? (*found)->version : std::string()) != version) return conflict;
  auto written = write(core::to_tree(record), *found ? (*found)->generation : 0);
  if (!written) return std::unexpected(written.error());
  return ports::SaveOutcome{.conflict = false, .version = std::move(*written)};
}

Result<Unit> RecordFile::submit(const core::Command& command) {
  auto found = find();
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(ErrorKind::rejected, "there is no rollout in " + place_.path);
  Tree& record = (*found)->record;
  Tree* const inbox = record.get("inbox");
  if (inbox == nullptr || inbox->as_list() == nullptr)
    return fail(ErrorKind::malformed, place_.path + " has no inbox");
  if (inbox_size(record) >= inbox_commands_max) {
    return fail(ErrorKind::rejected,
                place_.path + ": too many commands wait already; is anybody running the rollout?");
  }
  inbox->push_back(core::to_tree(command));
  auto written = write(std::move(record), (*found)->generation);
  if (!written) return std::unexpected(written.error());
  return Unit{};
}

}  // namespace kai::edges
