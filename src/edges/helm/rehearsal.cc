#include "edges/helm/rehearsal.h"

#include <memory>
#include <optional>
#include <utility>

#include "kubeapi/client.h"
#include "kubeapi/discovery.h"

namespace kai::edges {
namespace {

using kubeapi::Answer;
using ports::Finding;
using ports::Severity;

kubeapi::WriteOptions options_of(ApplyMethod method) {
  switch (method) {
    case ApplyMethod::server_side:
      return {.field_manager = "helm", .dry_run = true};
    // Nothing is changed by a dry run, so force harms nobody: it only keeps owners out of the
    // question.
    case ApplyMethod::client_side:
      return {.field_manager = "kai-canary-probe", .dry_run = true, .force = true};
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
    case Answer::Outcome::done:
      return std::nullopt;
    case Answer::Outcome::not_found:
      return unchecked(document, "its kind or namespace is not there yet");
    case Answer::Outcome::conflict:
      return Finding{
          .check = "P8",
          .severity = Severity::refused,
          .message = "the promotion would fail: " + to_text(document.key) +
                     " has fields that belong to someone "
                     "else: " +
                     words_of(document, answer),
          .remedy = "let that manager give the fields up, or take them out of the chart"};
    case Answer::Outcome::already_exists:
    case Answer::Outcome::refused:
      return Finding{
          .check = "P8",
          .severity = Severity::refused,
          .message = "the promotion would fail: the API server refuses " + to_text(document.key) +
                     ": " + words_of(document, answer),
          .remedy =
              "change the chart or its values; a field that cannot be changed needs a new object"};
  }
  return std::nullopt;
}

class Rehearsal : public std::enable_shared_from_this<Rehearsal> {
 public:
  Rehearsal(kubeapi::Client& api, ApplyMethod method, std::vector<Document> documents,
            Reply<Rehearsed> reply)
      : api_(api),
        discovery_(api),
        method_(method),
        documents_(std::move(documents)),
        reply_(std::move(reply)) {}

  void next() {
    if (index_ == documents_.size()) return reply_(std::move(rehearsed_));
    discovery_.find(current().object.text_or("/apiVersion", ""), current().key.kind,
                    [self = shared_from_this()](Result<std::optional<kubeapi::ResourceKind>> kind) {
                      if (!kind) {
                        return self->reply_(std::unexpected(
                            in_context("rehearsal of the promotion", kind.error())));
                      }
                      self->apply(*kind);
                    });
  }

 private:
  [[nodiscard]] const Document& current() const { return documents_[index_]; }

  void apply(const std::optional<kubeapi::ResourceKind>& kind) {
    if (!kind) {
      rehearsed_.findings.push_back(
          unchecked(current(), "the API server does not know its kind yet"));
      return advance();
    }
    const kubeapi::ResourceRef ref{
        .kind = *kind, .name_space = current().key.name_space, .name = current().key.name};
    api_.patch(ref, kubeapi::PatchKind::apply, current().raw, options_of(method_),
               [self = shared_from_this()](Result<Answer> answer) {
                 if (!answer) {
                   return self->reply_(
                       std::unexpected(in_context("rehearsal of the promotion", answer.error())));
                 }
                 if (auto finding = finding_of(self->current(), *answer))
                   self->rehearsed_.findings.push_back(std::move(*finding));
                 self->advance();
               });
  }

  void advance() {
    index_ += 1;
    next();
  }

  kubeapi::Client& api_;
  kubeapi::Discovery discovery_;
  ApplyMethod method_;
  std::vector<Document> documents_;
  Reply<Rehearsed> reply_;
  std::size_t index_ = 0;
  Rehearsed rehearsed_;
};

}  // namespace

void rehearse(kubeapi::Client& api, ApplyMethod method, std::vector<Document> changed,
              Reply<Rehearsed> reply) {
  const auto rehearsal =
      std::make_shared<Rehearsal>(api, method, std::move(changed), std::move(reply));
  api.timers().at(api.steady().now(), [rehearsal] { rehearsal->next(); });
}

}  // namespace kai::edges
