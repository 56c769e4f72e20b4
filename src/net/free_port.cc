#include "net/free_port.h"

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

}  // namespace kai::net
