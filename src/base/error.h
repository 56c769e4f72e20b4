// How an operation says that it failed: an Error with a kind for machines and a message for people.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace kai {

// Callers act in four ways, so there are four kinds. Whoever meets the outside picks the kind once;
// nobody re-classifies it later.
enum class ErrorKind {
  unavailable,  // nothing is known; may work later: keep the weight, never raise it, try again
  rejected,     // useless to ask again until a person changes something
  no_data,      // understood, but there is no answer (yet): never good, never bad
  malformed,    // the other side broke its contract; treated like unavailable, plus an error line
};

[[nodiscard]] std::string_view name_of(ErrorKind kind);

// `message` says what was wanted, why it failed and, if there is one, the remedy. It is read at 3
// a.m.
struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::unavailable;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = std::expected<T, Error>;

// The value of an operation that has nothing to return but its success.
struct Unit {
  friend bool operator==(Unit, Unit) = default;
};

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error{.kind = kind, .message = std::move(message)});
}

// Puts "where: " before the message of an error on its way up.
[[nodiscard]] Error in_context(std::string_view where, Error error);

template <typename T>
[[nodiscard]] Result<T> in_context(std::string_view where, Result<T> result) {
  if (!result) return std::unexpected(in_context(where, std::move(result.error())));
  return result;
}

// Drops a result on purpose. The reason is for the reader.
template <typename T>
void ignore(const Result<T>& /*result*/, std::string_view /*why*/) {}

}  // namespace kai
