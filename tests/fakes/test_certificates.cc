#include "tests/fakes/test_certificates.h"

#include <chrono>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace kai::fakes {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Key make_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

std::string text_of(const Bio& bio) {
  const char* data = nullptr;
  const long size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(const Certificate& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  KAI_CHECK(PEM_write_bio_X509(bio.get(), certificate.get()) == 1);
  return text_of(bio);
}

std::string pem_of(const Key& key) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  KAI_CHECK(PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
            1);
  return text_of(bio);
}

void add_extension(X509& certificate, int nid, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  KAI_CHECK(extension != nullptr && X509_add_ext(&certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

void set_common_name(X509_NAME* name, const std::string& text) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.c_str());
  KAI_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, -1, -1, 0) == 1);
}

long seconds_in(Duration duration) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

Certificate make_certificate(const Key& key, const std::string& common_name, Duration from,
                             Duration until) {
  static long serial = 0;
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), seconds_in(from));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds_in(until));
  X509_set_pubkey(certificate.get(), key.get());
  set_common_name(X509_get_subject_name(certificate.get()), common_name);
  return certificate;
}

std::string alternative_names(const CertificateWish& wish) {
  std::string text;
  for (const std::string& name : wish.names) text += (text.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& address : wish.addresses)
    text += (text.empty() ? "IP:" : ",IP:") + address;
  return text;
}

}  // namespace

struct TestAuthority::Impl {
  Key key = make_key();
  Certificate certificate{nullptr, &X509_free};
  std::string pem;

  void sign(const Certificate& subject) const {
    X509_set_issuer_name(subject.get(), X509_get_subject_name(certificate.get()));
    KAI_CHECK(X509_sign(subject.get(), key.get(), EVP_sha256()) > 0);
  }
};

TestAuthority::TestAuthority(const std::string& name) : impl_(std::make_unique<Impl>()) {
  impl_->certificate =
      make_certificate(impl_->key, name, -std::chrono::hours(24), std::chrono::hours(24));
  add_extension(*impl_->certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(*impl_->certificate, NID_key_usage, "critical,keyCertSign");
  impl_->sign(impl_->certificate);
  impl_->pem = pem_of(impl_->certificate);
}

TestAuthority::~TestAuthority() = default;

const std::string& TestAuthority::pem() const { return impl_->pem; }

TestCertificate TestAuthority::issue(const CertificateWish& wish) const {
  const Key key = make_key();
  const Certificate certificate = make_certificate(key, "test", wish.valid_from, wish.valid_until);
  const std::string names = alternative_names(wish);
  if (!names.empty()) add_extension(*certificate, NID_subject_alt_name, names);
  impl_->sign(certificate);
  return {.certificate_pem = pem_of(certificate), .key_pem = pem_of(key)};
}

}  // namespace kai::fakes
