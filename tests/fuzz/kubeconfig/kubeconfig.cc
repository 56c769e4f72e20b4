// A kubeconfig may come from a repository: whatever is in it, the answer is an access that may be
// used or a refusal, nothing is written, and plain HTTP never leaves the machine.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/uri.h"
#include "kubeapi/kubeconfig.h"

namespace {

// The same text under every path; the key of a certificate may well be the file itself.
class OneFile final : public kai::os::Disk {
 public:
  explicit OneFile(std::string_view bytes) : bytes_(bytes) {}
  kai::Result<std::string> read(const std::string& /*path*/, std::size_t bytes_max) override {
    if (bytes_.size() > bytes_max) return kai::fail(kai::ErrorKind::rejected, "too long");
    return bytes_;
  }
  kai::Result<kai::Unit> write_new(const std::string& /*path*/, std::string_view) override {
    throw kai::Bug("a kubeconfig is never written");
  }
  kai::Result<kai::Unit> replace(const std::string& /*path*/, std::string_view) override {
    throw kai::Bug("a kubeconfig is never written");
  }
  kai::Result<kai::Unit> append(const std::string& /*path*/, std::string_view) override {
    throw kai::Bug("a kubeconfig is never written");
  }
  kai::Result<std::vector<kai::os::DirectoryEntry>> list(const std::string& /*path*/) override {
    return kai::fail(kai::ErrorKind::no_data, "none");
  }
  kai::Result<std::string> make_private_directory(std::string_view /*prefix*/) override {
    throw kai::Bug("a kubeconfig is never written");
  }
  kai::Result<kai::Unit> remove_private_directory(const std::string& /*path*/) override {
    throw kai::Bug("a kubeconfig is never written");
  }
  kai::Result<kai::Unit> make_directories(const std::string& /*path*/) override {
    throw kai::Bug("a kubeconfig is never written");
  }
  kai::Result<kai::Unit> remove(const std::string& /*path*/) override {
    throw kai::Bug("a kubeconfig is never written");
  }
  kai::Result<kai::Unit> may_append(const std::string& /*path*/) override {
    throw kai::Bug("a kubeconfig is never written");
  }

 private:
  std::string bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  OneFile disk(std::string_view(reinterpret_cast<const char*>(data), size));
  const auto access = kai::kubeapi::load_access(disk, {{"KUBECONFIG", "/a:/b"}}, {});
  if (!access) {
    KAI_CHECK(access.error().kind == kai::ErrorKind::rejected);
    KAI_CHECK(!access.error().message.empty());
    return 0;
  }
  const auto url = kai::codec::parse_url(access->server);
  KAI_CHECK(url.has_value());
  KAI_CHECK(url->scheme == "https" || url->host == "localhost" || url->host == "::1" ||
            url->host.starts_with("127."));
  KAI_CHECK(access->tls != nullptr);
  KAI_CHECK(access->tls->certificate_pem.empty() == access->tls->key_pem.empty());
  if (access->user.exec) KAI_CHECK(!access->user.exec->argv.front().empty());
  return 0;
}
