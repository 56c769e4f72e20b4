#include "tests/http1/foreign_reader.h"
#include "tests/http1/strict_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/none.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace kai::http1_test {
namespace {

namespace http = boost::beast::http;

// Beast takes a head and then a piece of a body per call, so it is asked as long as it takes any.
template <typename Parser>
std::optional<std::size_t> read_all(Parser& parser, std::string_view input) {
  parser.header_limit(std::numeric_limits<std::uint32_t>::max());
  parser.body_limit(boost::none);
  parser.eager(true);
  std::size_t at = 0;
  while (!parser.is_done() && at < input.size()) {
    boost::beast::error_code error;
    const std::string_view rest = input.substr(at);
    const std::size_t taken = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    if (error == http::error::need_more && taken != 0) error = {};
    if (error || taken == 0) return {};
    at += taken;
  }
  return at;
}

}  // namespace

std::optional<Message> read_request_with_beast(std::string_view input) {
  http::request_parser<http::string_body> parser;
  const auto bytes = read_all(parser, input);
  if (!bytes || !parser.is_done()) return {};
  Message message;
  message.first = std::string(parser.get().method_string());
  message.second = std::string(parser.get().target());
  message.body = parser.get().body();
  message.is_chunked = parser.chunked();
  message.bytes = *bytes;
  return message;
}

std::optional<Message> read_answer_with_beast(std::string_view input, const AnswerTo& to) {
  http::response_parser<http::string_body> parser;
  parser.skip(to.head);
  const auto bytes = read_all(parser, input);
  if (!bytes) return {};
  if (!parser.is_done()) {
    if (!to.closed) return {};
    boost::beast::error_code error;
    parser.put_eof(error);
    if (error) return {};
  }
  Message message;
  message.second = std::to_string(parser.get().result_int());
  message.third = std::string(parser.get().reason());
  message.body = parser.get().body();
  message.is_chunked = parser.chunked();
  message.bytes = *bytes;
  return message;
}

}  // namespace kai::http1_test
