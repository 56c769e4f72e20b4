// What Helm stored is written by whoever may write Secrets in a namespace: no bytes of it may do
// more than be refused. The input is read once as the stored text, and once as the JSON inside,
// which a fuzzer does not find through gzip.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "codec/base64.h"
#include "edges/helm/manifest.h"
#include "edges/helm/stored_release.h"

namespace {

void look(std::string_view encoded) {
  const auto release = kai::edges::decode_stored_release(encoded);
  if (!release) {
    KAI_CHECK(release.error().kind == kai::ErrorKind::malformed);
    return;
  }
  KAI_CHECK(release->revision > 0);
  const auto documents = kai::edges::parse_manifest(release->manifest, "shop");
  if (!documents) return;
  // A manifest does not differ from itself, whatever is in it.
  for (const auto& change : kai::edges::compare(*documents, *documents, {})) {
    KAI_CHECK(change.kind == kai::ports::ObjectChange::Kind::unchanged);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  look(bytes);
  look(kai::codec::base64_encode(bytes));
  return 0;
}
