#include "edges/kube_store/inputs_store.h"

#include <functional>
#include <utility>
#include <vector>

#include "codec/base64.h"
#include "codec/digest.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "edges/kube_store/objects.h"

namespace kai::edges {
namespace {

using kubeapi::Answer;
using kubeapi::ResourceRef;
namespace kinds = kubeapi::kinds;

constexpr std::size_t name_digest_size = 16;
constexpr std::string_view label_inputs = "kai-canary.dev/inputs";

std::string first_chunk(const InputsName& name) {
  return "kai-canary-inputs-" + name.rollout + "-" + name.digest.substr(0, name_digest_size);
}

bool is_chunk_of(const InputsName& name, const std::string& secret) {
  const std::string first = first_chunk(name);
  return secret == first || secret.starts_with(first + ".");
}

std::vector<std::string> chunks_of(const std::string& bytes) {
  std::vector<std::string> chunks;
  for (std::size_t at = 0; at < bytes.size(); at += inputs_chunk_bytes) {
    chunks.push_back(bytes.substr(at, inputs_chunk_bytes));
  }
  return chunks;
}

}  // namespace

struct InputsStore::Impl : std::enable_shared_from_this<InputsStore::Impl> {
  Impl(kubeapi::Client& client_in, std::string name_space_in, std::string release_in)
      : client(client_in), name_space(std::move(name_space_in)), release(std::move(release_in)) {}

  [[nodiscard]] ResourceRef ref(const InputsName& name, std::size_t chunk) const {
    const std::string base = first_chunk(name);
    return {kinds::secret, name_space, chunk == 0 ? base : base + "." + std::to_string(chunk)};
  }

  void write(const InputsName& name, std::vector<std::string> chunks, std::size_t at,
             Reply<Unit> reply) {
    const ResourceRef target = ref(name, at);
    Tree secret = object_of_ours({.ref = target, .release = release, .label = {}, .value = {}});
    secret.at("/metadata/labels")->set(label_inputs, name.rollout);
    secret.set("type", "kai-canary.dev/inputs.v1");
    secret.set_at("/data/inputs", codec::base64_encode(chunks[at]));
    secret.set_at("/data/chunks", codec::base64_encode(std::to_string(chunks.size())));
    client.patch(target, kubeapi::PatchKind::apply, codec::write_json(secret),
                 {.field_manager = "kai-canary", .force = true},
                 [self = shared_from_this(), name, chunks = std::move(chunks), at,
                  reply = std::move(reply)](Result<Answer> answer) mutable {
                   const auto object =
                       kubeapi::object_of(std::move(answer), "save the pinned inputs");
                   if (!object) return reply(std::unexpected(object.error()));
                   if (at + 1 == chunks.size()) return reply(Unit{});
                   self->write(name, std::move(chunks), at + 1, std::move(reply));
                 });
  }

  // `bytes`: the chunks before `at`.
  void read(const InputsName& name, std::string bytes, std::size_t at,
            Reply<std::optional<std::string>> reply) {
    client.get(ref(name, at),
               [self = shared_from_this(), name, bytes = std::move(bytes), at,
                reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
                 if (!found) return reply(std::unexpected(found.error()));
                 if (!*found) return reply(std::optional<std::string>());
                 const auto chunk = codec::base64_decode((*found)->text_or("/data/inputs", ""));
                 const auto count = codec::base64_decode((*found)->text_or("/data/chunks", ""));
                 if (!chunk || !count) return reply(std::optional<std::string>());
                 bytes += *chunk;
                 const bool more = std::to_string(at + 1) != *count;
                 if (more && at + 1 < inputs_chunks_max) {
                   return self->read(name, std::move(bytes), at + 1, std::move(reply));
                 }
                 auto text = codec::inflate(bytes, inputs_bytes_max);
                 if (!text || codec::sha256_hex(*text) != name.digest) {
                   return reply(std::optional<std::string>());
                 }
                 reply(std::optional(std::move(*text)));
               });
  }

  // By their labels: how many chunks there are is not known here, and a removal that was cut short
  // leaves any of them.
  void remove_some(const std::string& rollout, std::function<bool(const std::string&)> is_wanted) {
    const kubeapi::ListOptions options{.label_selector = std::string(label_inputs) + "=" + rollout,
                                       .metadata_only = true};
    client.list(kinds::secret, name_space, options,
                [self = shared_from_this(),
                 is_wanted = std::move(is_wanted)](Result<kubeapi::Listing> listing) {
                  if (!listing) return;
                  for (const Tree& item : listing->items) {
                    const std::string secret = item.text_or("/metadata/name", "");
                    if (is_wanted(secret)) self->remove(secret);
                  }
                });
  }

  void remove(const std::string& secret) {
    client.remove({kinds::secret, name_space, secret}, {}, [](Result<Answer> answer) {
      ignore(answer, "what stays is found by its labels");
    });
  }

  kubeapi::Client& client;
  std::string name_space;
  std::string release;
};

InputsStore::InputsStore(kubeapi::Client& client, std::string name_space, std::string release)
    : impl_(std::make_shared<Impl>(client, std::move(name_space), std::move(release))) {}

void InputsStore::write(const InputsName& name, const std::string& bytes, Reply<Unit> reply) {
  std::vector<std::string> chunks = chunks_of(codec::deflate(bytes));
  if (chunks.size() <= inputs_chunks_max && bytes.size() <= inputs_bytes_max) {
    return impl_->write(name, std::move(chunks), 0, std::move(reply));
  }
  kubeapi::Client& client = impl_->client;
  client.timers().at(client.steady().now(), [size = bytes.size(),
                                             reply = std::move(reply)]() mutable {
    reply(fail(ErrorKind::rejected,
               "the pinned inputs (manifests, values, chart) are " + std::to_string(size) +
                   " bytes, more than the cluster can keep for a rollout; take large files out of "
                   "the chart"));
  });
}

void InputsStore::read(const InputsName& name, Reply<std::optional<std::string>> reply) {
  impl_->read(name, {}, 0, std::move(reply));
}

void InputsStore::remove(const InputsName& name) {
  impl_->remove_some(name.rollout,
                     [name](const std::string& secret) { return is_chunk_of(name, secret); });
}

void InputsStore::remove_all_of(const std::string& rollout) {
  impl_->remove_some(rollout, [](const std::string&) { return true; });
}

}  // namespace kai::edges
