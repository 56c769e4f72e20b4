// InputsStore: the pinned inputs of rollouts (they may hold secrets) in Secrets, found by digest.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "kubeapi/client.h"

namespace kai::edges {

inline constexpr std::size_t inputs_chunk_bytes = std::size_t{900} << 10U;  // a Secret holds 1 MiB
inline constexpr std::size_t inputs_chunks_max = 8;                         // compressed
inline constexpr std::size_t inputs_bytes_max = std::size_t{64} << 20U;     // inflated

struct InputsName {
  std::string rollout;
  std::string digest;  // SHA-256 of the bytes, in hexadecimal
};

// Secret `kai-canary-inputs-<rollout>-<digest>` with gzip bytes, further chunks in `....1` and so
// on. The name says the content, so no writer ever changes what another one reads.
class InputsStore {
 public:
  InputsStore(kubeapi::Client& client, std::string name_space, std::string release);

  // `rejected`: more than fits, or not allowed.
  void write(const InputsName& name, const std::string& bytes, Reply<Unit> reply);
  // Empty: not there, not whole, or not what the digest says.
  void read(const InputsName& name, Reply<std::optional<std::string>> reply);
  // Removes what `write` made for this name, all chunks of it, or for all digests of a rollout.
  // Nobody waits for it.
  void remove(const InputsName& name);
  void remove_all_of(const std::string& rollout);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kai::edges
