#include "examples/shop/dependency.h"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace shop {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && stop == text.data() + text.size();
  return whole ? port : 0;
}

}  // namespace

Dependency::Dependency(std::string_view place) {
  const auto colon = place.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? "" : place.substr(colon + 1);
  address_ = place.substr(0, colon);
  port_ = port_of(port);
  error_code error;
  asio::ip::make_address(address_, error);
  if (error || port_ == 0)
    throw std::invalid_argument("--needs=" + std::string(place) + ": want IP:PORT");
}

bool Dependency::answers() const {
  asio::io_context context(1);
  asio::ip::tcp::socket socket(context);
  error_code result = asio::error::timed_out;
  socket.async_connect({asio::ip::make_address(address_), port_},
                       [&result](error_code error) { result = error; });
  context.run_for(answer_max);
  return !result;
}

}  // namespace shop
