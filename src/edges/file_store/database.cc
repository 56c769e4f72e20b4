#include "edges/file_store/database.h"

#include <utility>

#include <sqlite3.h>

namespace kai::edges {
namespace {

ErrorKind kind_of(int code) {
  switch (code & 0xff) {  // the rest says more of the same
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our statements are right, so the schema is not
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_FORMAT:
      return ErrorKind::malformed;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
    case SQLITE_TOOBIG:
      return ErrorKind::rejected;
    default:
      return ErrorKind::unavailable;
  }
}

int milliseconds(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

template <typename T>
Result<T> first_of(const Database& database, std::string_view query,
                   std::optional<T> (Statement::*value)(int column) const) {
  auto statement = Statement::prepare(database, query);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  auto found = *row ? ((*statement).*value)(0) : std::nullopt;
  if (!found)
    return fail(ErrorKind::malformed,
                database.path() + ": no value in answer to " + std::string(query));
  return std::move(*found);
}

}  // namespace

void Database::Close::operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

std::unexpected<Error> Database::error(int code) const {
  const char* const why = handle_ ? ::sqlite3_errmsg(handle_.get()) : ::sqlite3_errstr(code);
  return fail(kind_of(code), path_ + ": " + why);
}

Result<Database> Database::open(const std::string& path, DatabaseLimits limits) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = ::sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  Database database(path, std::unique_ptr<sqlite3, Close>(opened));
  if (code != SQLITE_OK) return database.error(code);
  ::sqlite3_busy_timeout(opened, milliseconds(limits.busy_max));
  ::sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, static_cast<int>(limits.value_bytes_max));
  // What a file brings along (triggers, views) runs no code that we did not ask for.
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return database;
}

Result<Unit> Database::run(const char* statements) {
  const int code = ::sqlite3_exec(handle_.get(), statements, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return Unit{};
}

Result<std::int64_t> Database::number(std::string_view query) {
  return first_of(*this, query, &Statement::number);
}

Result<std::string> Database::text(std::string_view query) {
  return first_of(*this, query, &Statement::text);
}

Result<Statement> Statement::prepare(const Database& database, std::string_view text) {
  sqlite3_stmt* prepared = nullptr;
  const int code = ::sqlite3_prepare_v2(database.handle_.get(), text.data(),
                                        static_cast<int>(text.size()), &prepared, nullptr);
  std::unique_ptr<sqlite3_stmt, Finalize> handle(prepared);
  if (code != SQLITE_OK) return database.error(code);
  return Statement(database, std::move(handle));
}

Result<Unit> Statement::checked(int code) const {
  if (code != SQLITE_OK) return database_->error(code);
  return Unit{};
}

Result<Unit> Statement::bind(int parameter, std::int64_t value) {
  return checked(::sqlite3_bind_int64(handle_.get(), parameter, value));
}

Result<Unit> Statement::bind(int parameter, const std::string& value) {
  return checked(::sqlite3_bind_text64(handle_.get(), parameter, value.data(), value.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8));
}

Result<bool> Statement::step() {
  const int code = ::sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->error(code);
}

std::optional<std::int64_t> Statement::number(int column) const {
  if (::sqlite3_column_type(handle_.get(), column) != SQLITE_INTEGER) return std::nullopt;
  return ::sqlite3_column_int64(handle_.get(), column);
}

std::optional<std::string> Statement::text(int column) const {
  if (::sqlite3_column_type(handle_.get(), column) != SQLITE_TEXT) return std::nullopt;
  const void* const bytes = ::sqlite3_column_text(handle_.get(), column);
  const int size = ::sqlite3_column_bytes(handle_.get(), column);
  if (bytes == nullptr) return std::nullopt;  // no memory
  return std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

}  // namespace kai::edges
