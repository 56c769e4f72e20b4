#include "net/tls_cache.h"

#include <algorithm>

namespace kai::net {
namespace {

bool same_options(const TlsOptions& a, const TlsOptions& b) {
  return a.insecure_skip_verify == b.insecure_skip_verify && a.server_name == b.server_name &&
         a.authorities_pem == b.authorities_pem && a.certificate_pem == b.certificate_pem &&
         a.key_pem.reveal() == b.key_pem.reveal();
}

}  // namespace

Result<TlsCache::Entry> TlsCache::get(const std::shared_ptr<const TlsOptions>& options) {
  static const auto defaults = std::make_shared<const TlsOptions>();
  const std::shared_ptr<const TlsOptions>& wanted = options ? options : defaults;
  const auto found = std::ranges::find_if(known_, [&](const Known& known) {
    return known.options == wanted || same_options(*known.options, *wanted);
  });
  if (found != known_.end()) {
    known_.splice(known_.begin(), known_, found);
    return known_.front().entry;
  }
  Result<TlsContext> context = make_client_tls_context(*wanted, authorities_file_);
  if (!context) return std::unexpected(context.error());
  known_.push_front(
      {.options = wanted, .entry = {.identity = ++last_identity_, .context = std::move(*context)}});
  if (known_.size() > contexts_max) known_.pop_back();
  return known_.front().entry;
}

}  // namespace kai::net
