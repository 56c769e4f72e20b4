#include "edges/helm/rehearsal.h"

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "codec/json.h"
#include "codec/quote.h"
#include "kubeapi/client.h"

namespace kai::edges {
namespace {

using kubeapi::Answer;
using ports::Finding;
using ports::Severity;

constexpr std::size_t resource_list_bytes_max = std::size_t{4} << 20U;

std::string list_path(const std::string& api_version) {
  return (api_version.find('/') == std::string::npos ? "/api/" : "/apis/") + api_version;
}

// How the server calls a kind in paths, from the list of one group version (APIResourceList).
std::optional<kubeapi::ResourceKind> find_kind(const Tree& resources, const std::string& api_version, const std::string& kind) {
  const Tree::List* const list = resources.list_at("/resources");
  if (list == nullptr) return std::nullopt;
  const std::size_t slash = api_version.find('/');
  for (const Tree& resource : *list) {
    const std::string plural = resource.text_or("/name", "");
    const bool subresource = plural.find('/') != std::string::npos;
    if (subresource || resource.text_or("/kind", "") != kind) continue;
    return kubeapi::ResourceKind{.group = slash == std::string::npos ? "" : api_version.substr(0, slash),
                                 .version = slash == std::string::npos ? api_version : api_version.substr(slash + 1),
                                 .plural = plural,
                                 .kind = kind,
                                 .namespaced = resource.bool_at("/namespaced").value_or(true)};
  }
  return std::nullopt;
}

kubeapi::WriteOptions options_of(ApplyMethod method) {
  switch (method) {
    case ApplyMethod::server_side: return {.field_manager = "helm", .dry_run = true};
    // Nothing is changed by a dry run, so force harms nobody: it only keeps owners out of the question.
    case ApplyMethod::client_side: return {.field_manager = "kai-canary-probe", .dry_run = true, .force = true};
  }
  return {.field_manager = "kai-canary-probe", .dry_run = true, .force = true};
}

// The server may repeat the whole object in its message; of a Secret nothing is shown.
std::string words_of(const Document& document, const Answer& answer) {
  const bool secret = document.key.group.empty() && document.key.kind == "Secret";
  return secret ? "the API server's words about a Secret are not shown" : answer.message;
}

Finding unchecked(const Document& document, const std::string& why) {
  return {.check = "P8",
          .severity = Severity::note,
          .message = to_text(document.key) + " could not be rehearsed: " + why};
}

std::optional<Finding> finding_of(const Document& document, const Answer& answer) {
  switch (answer.outcome) {
    case Answer::Outcome::done: return std::nullopt;
    case Answer::Outcome::not_found: return unchecked(document, "its kind or namespace is not there yet");
    case Answer::Outcome::conflict:
      return Finding{.check = "P8",
                     .severity = Severity::refused,
                     .message = "the promotion would fail: " + to_text(document.key) + " has fields that belong to someone "
                                "else: " + words_of(document, answer),
                     .remedy = "let that manager give the fields up, or take them out of the chart"};
    case Answer::Outcome::already_exists:
    case Answer::Outcome::refused:
      return Finding{.check = "P8",
                     .severity = Severity::refused,
                     .message = "the promotion would fail: the API server refuses " + to_text(document.key) + ": " +
                                words_of(document, answer),
                     .remedy = "change the chart or its values; a field that cannot be changed needs a new object"};
  }
  return std::nullopt;
}

class Rehearsal : public std::enable_shared_from_this<Rehearsal> {
 public:
  Rehearsal(kubeapi::Client& api, ApplyMethod method, std::vector<Document> documents, Reply<Rehearsed> reply)
      : api_(api), method_(method), documents_(std::move(documents)), reply_(std::move(reply)) {}

  void next() {
    if (index_ == documents_.size()) return reply_(std::move(rehearsed_));
    const std::string api_version = current().object.text_or("/apiVersion", "");
    const auto known = resources_.find(api_version);
    if (known != resources_.end()) return apply(known->second);
    api_.get_text(list_path(api_version), resource_list_bytes_max, [self = shared_from_this(), api_version](Result<std::string> text) {
      self->take_resources(api_version, std::move(text));
    });
  }

 private:
  [[nodiscard]] const Document& current() const { return documents_[index_]; }

  void take_resources(const std::string& api_version, Result<std::string> text) {
    if (!text && text.error().kind != ErrorKind::no_data) return reply_(std::unexpected(text.error()));
    Tree list;
    if (text) {
      Result<Tree> parsed = codec::parse_json(*text);
      if (!parsed) return reply_(std::unexpected(in_context("resources of " + codec::quote(api_version), parsed.error())));
      list = std::move(*parsed);
    }
    resources_[api_version] = std::move(list);
    apply(resources_[api_version]);
  }

  void apply(const Tree& resources) {
    const auto kind = find_kind(resources, current().object.text_or("/apiVersion", ""), current().key.kind);
    if (!kind) {
      rehearsed_.findings.push_back(unchecked(current(), "the API server does not know its kind yet"));
      return advance();
    }
    const kubeapi::ResourceRef ref{.kind = *kind, .name_space = current().key.name_space, .name = current().key.name};
    api_.patch(ref, kubeapi::PatchKind::apply, current().raw, options_of(method_), [self = shared_from_this()](Result<Answer> answer) {
      if (!answer) return self->reply_(std::unexpected(in_context("rehearsal of the promotion", answer.error())));
      if (auto finding = finding_of(self->current(), *answer)) self->rehearsed_.findings.push_back(std::move(*finding));
      self->advance();
    });
  }

  void advance() {
    index_ += 1;
    next();
  }

  kubeapi::Client& api_;
  ApplyMethod method_;
  std::vector<Document> documents_;
  Reply<Rehearsed> reply_;
  std::size_t index_ = 0;
  std::map<std::string, Tree> resources_;  // by apiVersion; null: not served
  Rehearsed rehearsed_;
};

}  // namespace

void rehearse(kubeapi::Client& api, ApplyMethod method, std::vector<Document> changed, Reply<Rehearsed> reply) {
  const auto rehearsal = std::make_shared<Rehearsal>(api, method, std::move(changed), std::move(reply));
  api.timers().at(api.steady().now(), [rehearsal] { rehearsal->next(); });
}

}  // namespace kai::edges
