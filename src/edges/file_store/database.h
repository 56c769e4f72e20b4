// A database of SQLite and its statements, owned; their errors in our words.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kai::edges {

struct DatabaseLimits {
  Duration busy_max{0};         // wait for another process
  std::size_t value_bytes_max;  // of one text
};

// Closing it rolls back what was not committed. Errors name the file: `malformed` (damaged, no
// database), `rejected` (no right, no file, too long), `unavailable` (busy, full, all else).
class Database {
 public:
  // Of a file that is there.
  [[nodiscard]] static Result<Database> open(const std::string& path, DatabaseLimits limits);

  [[nodiscard]] const std::string& path() const { return path_; }
  // Statements without answer.
  [[nodiscard]] Result<Unit> run(const char* statements);
  // Of the first row of a query; `malformed` when there is none, or it is of another type.
  [[nodiscard]] Result<std::int64_t> number(std::string_view query);
  [[nodiscard]] Result<std::string> text(std::string_view query);

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Database(std::string path, std::unique_ptr<sqlite3, Close> handle)
      : path_(std::move(path)), handle_(std::move(handle)) {}
  [[nodiscard]] std::unexpected<Error> error(int code) const;

  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

class Statement {
 public:
  // `database` outlives it.
  [[nodiscard]] static Result<Statement> prepare(const Database& database, std::string_view text);

  // Parameters count from 1.
  [[nodiscard]] Result<Unit> bind(int parameter, std::int64_t value);
  [[nodiscard]] Result<Unit> bind(int parameter, const std::string& value);
  // Whether there is a row to read from.
  [[nodiscard]] Result<bool> step();
  // Of that row; columns count from 0. Empty when it is of another type.
  [[nodiscard]] std::optional<std::int64_t> number(int column) const;
  [[nodiscard]] std::optional<std::string> text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(const Database& database, std::unique_ptr<sqlite3_stmt, Finalize> handle)
      : database_(&database), handle_(std::move(handle)) {}
  [[nodiscard]] Result<Unit> checked(int code) const;

  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

}  // namespace kai::edges
