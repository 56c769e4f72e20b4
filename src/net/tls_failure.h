// What a failed TLS operation means, in words that a person can act on.
#pragma once

#include <string_view>

#include "base/error.h"

struct ssl_st;

namespace kai::net {

// `code` is the code of OpenSSL's error queue, 0 when the connection just ended. `verified_name` is
// the name that the certificate should be for. `rejected`: certificates and versions;
// `unavailable`: the handshake was cut.
[[nodiscard]] Error tls_failure(const ssl_st& tls, unsigned long code,
                                std::string_view verified_name);

// For a failure after the handshake: TLS 1.3 servers refuse a client certificate only then.
// `unavailable` otherwise.
[[nodiscard]] Error tls_alert(unsigned long code, std::string_view text);

}  // namespace kai::net
