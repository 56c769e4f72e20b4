// Certificates made at test time, so that no private key lies in the repository.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace kai::fakes {

struct TestCertificate {
  std::string certificate_pem;
  std::string key_pem;
};

struct CertificateWish {
  std::vector<std::string> names = {};            // DNS names
  std::vector<std::string> addresses = {};        // IP addresses
  Duration valid_from = -std::chrono::hours(24);  // from now
  Duration valid_until = std::chrono::hours(24);  // from now
};

// Signs certificates; its own is good for a day around now.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;
  ~TestAuthority();

  [[nodiscard]] const std::string& pem() const;
  [[nodiscard]] TestCertificate issue(const CertificateWish& wish) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kai::fakes
