#include "examples/shop/dependency.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace shop {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && stop == text.data() + text.size();
  return whole ? port : 0;
}

tcp::endpoint endpoint_of(std::string_view place) {
  const auto colon = place.rfind(':');
  const bool has_port = colon != std::string_view::npos;
  error_code error;
  const auto address = asio::ip::make_address(std::string(place.substr(0, colon)), error);
  const std::uint16_t port = has_port ? port_of(place.substr(colon + 1)) : 0;
  if (error || port == 0)
    throw std::invalid_argument("--needs=" + std::string(place) + ": want IP:PORT");
  return {address, port};
}

}  // namespace

struct Dependency::Connection {
  explicit Connection(tcp::endpoint to) : endpoint(std::move(to)) {}

  // Nothing to read is what a connection at rest looks like; a closed one has an end to read.
  [[nodiscard]] bool stands() {
    if (!socket.is_open()) return false;
    std::array<char, 1> byte{};
    error_code error;
    socket.receive(asio::buffer(byte), tcp::socket::message_peek, error);
    return !error || error == asio::error::would_block;
  }

  [[nodiscard]] bool connect() {
    error_code result;
    socket.close(result);
    result = asio::error::timed_out;
    socket.async_connect(endpoint, [&result](error_code error) { result = error; });
    context.restart();
    context.run_for(connect_max);
    error_code ignored;
    if (!result) {
      socket.non_blocking(true, result);
    } else {
      socket.close(ignored);
    }
    context.restart();
    context.poll();  // what was cancelled ends while `result` still is there
    return !result;
  }

  tcp::endpoint endpoint;
  asio::io_context context{1};
  tcp::socket socket{context};
};

Dependency::Dependency(std::string_view place)
    : connection_(std::make_unique<Connection>(endpoint_of(place))) {}
Dependency::Dependency(Dependency&&) noexcept = default;
Dependency::~Dependency() = default;

bool Dependency::answers() const { return connection_->stands() || connection_->connect(); }

}  // namespace shop
