#include "edges/file_store/history_file.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "codec/digest.h"
#include "codec/json.h"
#include "codec/quote.h"
#include "core/rollout/history_tree.h"
#include "edges/file_store/database.h"
#include "edges/file_store/file_store.h"

namespace kai::edges {
namespace {

constexpr std::int64_t schema_current = 1;
constexpr std::int64_t application = 0x6b61'6943;  // "kaiC": whose file this is
constexpr std::size_t entry_bytes_max = std::size_t{4} << 20U;
constexpr std::size_t rows_looked_at_max = 10 * history_rows_max;  // of a file that we did not fill
// SQLite's own journal, not its write-ahead log: it is written once per rollout, and so nothing is
// left beside the file.
constexpr const char* make_schema =
    "PRAGMA application_id = 1801546051;"
    "PRAGMA user_version = 1;"
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, rollout TEXT NOT NULL UNIQUE,"
    " ended_at TEXT NOT NULL, sha256 TEXT NOT NULL, json TEXT NOT NULL);";
static_assert(application == 1'801'546'051 && schema_current == 1);

Result<Database> open(const std::string& path, Duration busy_max) {
  return Database::open(path, {.busy_max = busy_max, .value_bytes_max = entry_bytes_max});
}

// True: it has our table. False: it is empty.
Result<bool> has_schema(Database& database, const std::string& path) {
  const auto things = database.number("SELECT count(*) FROM sqlite_schema");
  if (!things) return std::unexpected(things.error());
  const auto owner = database.number("PRAGMA application_id");
  if (!owner) return std::unexpected(owner.error());
  const auto version = database.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*things == 0 && *owner == 0 && *version == 0) return false;
  if (*owner != application)
    return fail(ErrorKind::malformed, path + " is no history of kai-canary");
  if (*version > schema_current) {
    return fail(ErrorKind::rejected, path + " was written by a newer kai-canary (schema " +
                                         std::to_string(*version) + "); use that version");
  }
  return true;
}

Result<Unit> insert(Database& database, const ports::HistoryEntry& entry) {
  auto statement = Statement::prepare(
      database,
      "INSERT OR REPLACE INTO entry (rollout, ended_at, sha256, json) VALUES (?, ?, ?, ?)");
  if (!statement) return std::unexpected(statement.error());
  const std::string json = codec::write_json(core::to_tree(entry));
  for (const auto& bound :
       {statement->bind(1, entry.rollout), statement->bind(2, format_wall_time(entry.ended_at)),
        statement->bind(3, codec::sha256_hex(json)), statement->bind(4, json)}) {
    if (!bound) return bound;
  }
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return Unit{};
}

// By the order in which they came: a clock that was set back must not take the newest.
Result<Unit> forget_old(Database& database) {
  auto statement = Statement::prepare(
      database,
      "DELETE FROM entry WHERE id NOT IN (SELECT id FROM entry ORDER BY id DESC LIMIT ?)");
  if (!statement) return std::unexpected(statement.error());
  if (auto bound = statement->bind(1, static_cast<std::int64_t>(history_rows_max)); !bound)
    return bound;
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return Unit{};
}

// Adds ids to `ids` until one is there already; where a page is damaged it stops with an error.
Result<Unit> add_ids(const Database& database, std::string_view query,
                     std::vector<std::int64_t>& ids) {
  auto statement = Statement::prepare(database, query);
  if (!statement) return std::unexpected(statement.error());
  const std::vector<std::int64_t> known = ids;
  while (ids.size() < rows_looked_at_max) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    const auto id = *row ? statement->number(0) : std::nullopt;
    if (!id || std::ranges::find(known, *id) != known.end()) break;
    ids.push_back(*id);
  }
  return Unit{};
}

// An error says that some may be missing. A damaged page ends a walk: what is behind it is reached
// from the other side. Some damages lead a walk astray without a word, and only a check finds them.
Result<Unit> add_all_ids(Database& database, const std::string& path,
                         std::vector<std::int64_t>& ids) {
  auto walked = add_ids(database, "SELECT id FROM entry ORDER BY id DESC", ids);
  if (!walked) {
    ignore(add_ids(database, "SELECT id FROM entry ORDER BY id", ids), "the first walk said why");
    return walked;
  }
  const auto checked = database.text("PRAGMA quick_check(1)");
  if (!checked) return std::unexpected(checked.error());
  if (*checked == "ok") return Unit{};
  return fail(ErrorKind::malformed, path + " is damaged: " + codec::quote(*checked));
}

Result<ports::HistoryEntry> entry_in(const Statement& row) {
  const auto text = row.text(1);
  if (!text) return fail(ErrorKind::malformed, "no text where the entry should be");
  if (row.text(2) != codec::sha256_hex(*text))
    return fail(ErrorKind::malformed, "it is damaged: its digest does not fit its content");
  const auto tree = codec::parse_json(*text);
  if (!tree) return std::unexpected(tree.error());
  return core::history_entry_from(*tree);
}

// "rollout 'r1': why", when it cannot be read.
void add_entry(const Database& database, std::int64_t id, const std::string& path,
               ports::History& history) {
  std::string name = path + ", row " + std::to_string(id);
  auto statement =
      Statement::prepare(database, "SELECT rollout, json, sha256 FROM entry WHERE id = ?");
  auto bound = statement ? statement->bind(1, id) : std::unexpected(statement.error());
  const auto row = bound ? statement->step() : std::unexpected(bound.error());
  if (!row) return history.unreadable.push_back(name + ": " + row.error().message);
  if (!*row) return;  // removed meanwhile
  if (const auto rollout = statement->text(0)) name = path + ", rollout " + codec::quote(*rollout);
  auto entry = entry_in(*statement);
  if (entry) return history.entries.push_back(std::move(*entry));
  history.unreadable.push_back(name + ": " + entry.error().message);
}

}  // namespace

HistoryFile::HistoryFile(std::string path, Duration busy_max)
    : path_(std::move(path)), busy_max_(busy_max) {}

Result<Unit> HistoryFile::add(const ports::HistoryEntry& entry) const {
  auto database = open(path_, busy_max_);
  if (!database) return std::unexpected(database.error());
  if (auto begun = database->run("BEGIN IMMEDIATE"); !begun) return begun;
  const auto made = has_schema(*database, path_);
  if (!made) return std::unexpected(made.error());
  if (!*made) {
    if (auto schema = database->run(make_schema); !schema) return schema;
  }
  if (auto inserted = insert(*database, entry); !inserted) return inserted;
  if (auto forgotten = forget_old(*database); !forgotten) return forgotten;
  return database->run("COMMIT");
}

Result<ports::History> HistoryFile::read() const {
  auto database = open(path_, busy_max_);
  if (!database) return std::unexpected(database.error());
  if (auto begun = database->run("BEGIN"); !begun) return std::unexpected(begun.error());
  const auto made = has_schema(*database, path_);
  if (!made) return std::unexpected(made.error());
  ports::History history;
  if (!*made) return history;
  std::vector<std::int64_t> ids;
  const auto complete = add_all_ids(*database, path_, ids);
  if (!complete && ids.empty()) return std::unexpected(complete.error());
  if (!complete) history.unreadable.push_back(complete.error().message);
  for (const std::int64_t id : ids) add_entry(*database, id, path_, history);
  core::sort_by_age(history.entries);
  return history;
}

}  // namespace kai::edges
