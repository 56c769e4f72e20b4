// TLS contexts by what they were made from: parsing PEM and the system's bundle costs milliseconds.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "net/tls_context.h"

namespace kai::net {

class TlsCache {
 public:
  static constexpr std::size_t contexts_max = 32;  // the one not used for longest goes

  struct Entry {
    std::uint64_t identity = 0;  // equal for equal options; never used twice
    TlsContext context;
  };

  // `authorities_file` as in make_client_tls_context.
  explicit TlsCache(std::string authorities_file)
      : authorities_file_(std::move(authorities_file)) {}

  // `options` null: the defaults. Errors as make_client_tls_context; they are not remembered.
  [[nodiscard]] Result<Entry> get(const std::shared_ptr<const TlsOptions>& options);

 private:
  struct Known {
    std::shared_ptr<const TlsOptions> options;
    Entry entry;
  };

  std::string authorities_file_;
  std::uint64_t last_identity_ = 0;
  std::list<Known> known_;  // last used first
};

}  // namespace kai::net
