// What one side of a TLS connection knows before it starts: whom it trusts and what it shows.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "net/http_client.h"

struct ssl_ctx_st;

namespace kai::net {

using TlsContext = std::shared_ptr<ssl_ctx_st>;

// TLS 1.2 or later, chain verified unless told otherwise. `authorities_file`: PEM file that is
// trusted when `options` brings no authorities; empty: the bundle of the system. `rejected`: a PEM
// text or file is not usable, or the key does not belong to the certificate.
[[nodiscard]] Result<TlsContext> make_client_tls_context(const TlsOptions& options,
                                                         const std::string& authorities_file);

struct ServerTlsOptions {
  std::string certificate_pem;  // chain, the server's own certificate first
  Secret key_pem;
  std::string client_authorities_pem = {};  // not empty: a client must show a certificate of these
};

[[nodiscard]] Result<TlsContext> make_server_tls_context(const ServerTlsOptions& options);

}  // namespace kai::net
