#include "net/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace kai::net {
namespace {

// Empty when verification did not fail.
std::string verification_text(long verified, const std::string& name) {
  switch (verified) {
    case X509_V_OK:
      return "";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the server's certificate is not for " + name +
             "; check the address or give the right server name";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the server's certificate has expired; renew it";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the server's certificate is not valid yet; check the clocks";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "the server's certificate is signed by an authority that is not trusted; give its CA "
             "certificate";
    default:
      return std::string("the server's certificate is not acceptable: ") +
             X509_verify_cert_error_string(verified);
  }
}

bool is_about_our_certificate(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

bool is_about_versions(int reason) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:  // also: the port does not speak TLS at all
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
      return true;
    default:
      return false;
  }
}

}  // namespace

Error tls_failure(const ssl_st& tls, unsigned long code, std::string_view verified_name) {
  const std::string text =
      verification_text(SSL_get_verify_result(&tls), std::string(verified_name));
  const bool verifying =
      ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  if (verifying) return {.kind = ErrorKind::rejected, .message = "TLS: " + text};
  if (code == 0) return {.kind = ErrorKind::unavailable, .message = "TLS: the handshake was cut"};
  return tls_alert(code, "the handshake failed");
}

Error tls_alert(unsigned long code, std::string_view text) {
  const int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
  if (is_about_our_certificate(reason)) {
    return {.kind = ErrorKind::rejected,
            .message =
                "TLS: the server does not accept our client certificate, or wants one; check the "
                "credentials"};
  }
  if (is_about_versions(reason)) {
    return {.kind = ErrorKind::rejected,
            .message =
                "TLS: no common version (1.2 or later is needed), or the port does not speak TLS"};
  }
  const char* const reason_text = ERR_reason_error_string(code);
  return {.kind = ErrorKind::unavailable,
          .message =
              "TLS: " + std::string(text) + (reason_text ? std::string(": ") + reason_text : "")};
}

}  // namespace kai::net
