#include "net/tls_context.h"

#include <array>
#include <string_view>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace kai::net {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Where distributions keep their bundle. Not OpenSSL's default paths: those depend on how it was
// built and read the environment behind our back.
constexpr std::array<const char*, 5> system_bundles{
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

std::unexpected<Error> not_usable(std::string_view what, std::string_view why) {
  ERR_clear_error();
  return fail(ErrorKind::rejected,
              "TLS: " + std::string(what) + " not usable: " + std::string(why));
}

Bio bio_of(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

// An encrypted key must not make OpenSSL ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*for_writing*/, void* /*context*/) {
  return -1;
}

Certificate next_certificate(const Bio& bio) {
  return {PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr), &X509_free};
}

// All certificates of a PEM text; anything between them is passed over.
Result<std::vector<Certificate>> parse_certificates(std::string_view pem, std::string_view what) {
  std::vector<Certificate> certificates;
  const Bio bio = bio_of(pem);
  while (Certificate certificate = next_certificate(bio))
    certificates.push_back(std::move(certificate));
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (certificates.empty()) return not_usable(what, "it holds no PEM certificate");
  if (!at_end) return not_usable(what, "a PEM certificate in it is broken");
  return certificates;
}

Result<Unit> trust_pem(SSL_CTX& context, std::string_view pem, std::string_view what) {
  const auto certificates = parse_certificates(pem, what);
  if (!certificates) return std::unexpected(certificates.error());
  X509_STORE* const store = SSL_CTX_get_cert_store(&context);
  for (const Certificate& certificate : *certificates) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1)
      return not_usable(what, "a certificate was refused");
  }
  return Unit{};
}

Result<Unit> trust_file(SSL_CTX& context, const std::string& authorities_file) {
  if (!authorities_file.empty()) {
    if (SSL_CTX_load_verify_file(&context, authorities_file.c_str()) == 1) return Unit{};
    return not_usable("the bundle " + authorities_file,
                      "it cannot be read or holds no PEM certificate");
  }
  for (const char* const bundle : system_bundles) {
    if (SSL_CTX_load_verify_file(&context, bundle) == 1) return Unit{};
    ERR_clear_error();
  }
  return Unit{};  // trusts nobody; whoever connects is told "unknown authority"
}

Result<Unit> show_certificate(SSL_CTX& context, std::string_view certificate_pem,
                              const Secret& key_pem) {
  const auto chain = parse_certificates(certificate_pem, "the certificate");
  if (!chain) return std::unexpected(chain.error());
  for (std::size_t i = 0; i < chain->size(); ++i) {
    X509* const certificate = chain->at(i).get();
    const int taken = i == 0 ? SSL_CTX_use_certificate(&context, certificate)
                             : static_cast<int>(SSL_CTX_add1_chain_cert(&context, certificate));
    if (taken != 1)
      return not_usable("the certificate", "OpenSSL refused it (key too short or hash too old?)");
  }
  const Bio bio = bio_of(key_pem.reveal());
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr),
                &EVP_PKEY_free);
  if (!key) return not_usable("the private key", "no unencrypted PEM key");
  if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1 ||
      SSL_CTX_check_private_key(&context) != 1) {
    return not_usable("the private key", "it does not belong to the certificate");
  }
  return Unit{};
}

TlsContext make_context(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method), &SSL_CTX_free);
  KAI_CHECK(context != nullptr);
  KAI_CHECK(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

}  // namespace

Result<TlsContext> make_client_tls_context(const TlsOptions& options,
                                           const std::string& authorities_file) {
  TlsContext context = make_context(TLS_client_method());
  SSL_CTX_set_verify(context.get(),
                     options.insecure_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  // As Go does: what is given as an authority is trusted, also when it is an intermediate one.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  static constexpr std::array<unsigned char, 9> protocols{8,   'h', 't', 't', 'p',
                                                          '/', '1', '.', '1'};
  KAI_CHECK(SSL_CTX_set_alpn_protos(context.get(), protocols.data(), protocols.size()) == 0);
  // Given authorities replace the system's, they are never added to it.
  const Result<Unit> trusted =
      options.authorities_pem.empty()
          ? trust_file(*context, authorities_file)
          : trust_pem(*context, options.authorities_pem, "the given authorities");
  if (!trusted) return std::unexpected(trusted.error());
  if (options.certificate_pem.empty()) return context;
  const Result<Unit> shown = show_certificate(*context, options.certificate_pem, options.key_pem);
  if (!shown) return std::unexpected(shown.error());
  return context;
}

Result<TlsContext> make_server_tls_context(const ServerTlsOptions& options) {
  TlsContext context = make_context(TLS_server_method());
  const Result<Unit> shown = show_certificate(*context, options.certificate_pem, options.key_pem);
  if (!shown) return std::unexpected(shown.error());
  if (options.client_authorities_pem.empty()) return context;
  const Result<Unit> trusted =
      trust_pem(*context, options.client_authorities_pem, "the authorities of clients");
  if (!trusted) return std::unexpected(trusted.error());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

}  // namespace kai::net
