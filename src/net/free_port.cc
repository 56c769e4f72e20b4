#include "net/free_port.h"

#include <charconv>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace kai::net {

bool is_port_free(std::uint16_t port) {
  if (port == 0) return false;
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context);
  boost::system::error_code error;
  acceptor.open(boost::asio::ip::tcp::v4(), error);
  if (error) return false;
  acceptor.bind({boost::asio::ip::address_v4::loopback(), port}, error);
  if (error) return false;
  acceptor.listen(1, error);  // NOLINT(bugprone-unused-return-value): `error` has it
  return !error;
}

Result<Unit> may_listen(const std::string& address) {
  using boost::asio::ip::tcp;
  const std::size_t colon = address.rfind(':');
  std::string_view host = std::string_view(address).substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  if (colon != std::string::npos)
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(host, error);
  if (error || port == 0) return fail(ErrorKind::rejected, address + " is no address with a port");
  const tcp::endpoint endpoint(parsed, port);
  boost::asio::io_context context;
  tcp::acceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  // NOLINTBEGIN(bugprone-unused-return-value): `error` has it
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1, error);
  // NOLINTEND(bugprone-unused-return-value)
  if (error)
    return fail(ErrorKind::rejected, "cannot listen on " + address + ": " + error.message());
  return Unit{};
}

}  // namespace kai::net
