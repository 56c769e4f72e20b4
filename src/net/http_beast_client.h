// The HTTP client of the control plane on real sockets. (Beast checks the syntax and framing of
// answers.)
#pragma once

#include <memory>
#include <string>

#include "net/http_client.h"
#include "net/loop.h"

namespace kai::net {

// HTTP/1.1 with kept connections (http_pool.h has the limits), TLS 1.2 or later, IPv4 and IPv6.
// A GET or HEAD whose kept connection turns out to be closed before any byte of an answer is sent
// once more on a new one; nothing else is ever sent twice, and its error then says that the outcome
// is unknown. Messages name method, scheme, host and path; never a query, a header or a credential.
class BeastHttpClient final : public HttpClient {
 public:
  struct Options {
    std::string authorities_file =
        {};  // PEM bundle trusted by default (SSL_CERT_FILE); empty: the system's
    Duration connect_timeout =
        std::chrono::seconds(5);  // look-up, connection and TLS handshake together
  };

  BeastHttpClient(Loop& loop, Options options);
  // What is still open then is never answered: the askers are going, too.
  ~BeastHttpClient() override;

  void send(HttpRequest request, Reply<HttpResponse> reply) override;
  [[nodiscard]] std::unique_ptr<HttpStream> open_stream(HttpRequest request,
                                                        StreamEvents events) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kai::net
