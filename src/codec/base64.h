// Base64, strict: what decodes also encodes back to the same text (RFC 4648 §3.5).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace kai::codec {

// Standard alphabet with padding (RFC 4648 §4).
[[nodiscard]] std::string base64_encode(std::string_view bytes);
// malformed: a foreign character (white space too), wrong padding, or bits set that no encoder
// sets.
[[nodiscard]] Result<std::string> base64_decode(std::string_view text);

// The same, but line breaks between the characters are skipped, as in a kubeconfig or a PEM body.
[[nodiscard]] Result<std::string> base64_decode_lines(std::string_view text);

// URL alphabet without padding (RFC 4648 §5, RFC 7515 §2).
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
// malformed as above; padding is refused too.
[[nodiscard]] Result<std::string> base64url_decode(std::string_view text);

}  // namespace kai::codec
