#include "kubeapi/client.h"

#include <algorithm>
#include <utility>

#include "codec/json.h"
#include "codec/quote.h"
#include "codec/uri.h"
#include "kubeapi/client_call.h"

namespace kai::kubeapi {
namespace {

std::string write_query(const WriteOptions& options, bool may_force) {
  std::string query;
  const auto add = [&](const std::string& part) { query += (query.empty() ? "?" : "&") + part; };
  if (!options.field_manager.empty()) {
    add("fieldManager=" + codec::percent_encode(options.field_manager));
  }
  if (options.dry_run) add("dryRun=All");
  if (options.strict) add("fieldValidation=Strict");
  if (options.force && may_force) add("force=true");
  return query;
}

std::string content_type_of(PatchKind kind) {
  switch (kind) {
    case PatchKind::json:
      return "application/json-patch+json";
    case PatchKind::merge:
      return "application/merge-patch+json";
    case PatchKind::strategic:
      return "application/strategic-merge-patch+json";
    case PatchKind::apply:
      return "application/apply-patch+yaml";
  }
  return {};
}

std::string under(const std::string& path, const std::string& subresource) {
  return subresource.empty() ? path : path + "/" + subresource;
}

net::Headers json_headers() {
  return {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
}

std::optional<Error> fault_of(const ResourceRef& ref) {
  if (ref.name.empty()) {
    return Error{ErrorKind::rejected, "a " + ref.kind.kind + " without a name"};
  }
  if (ref.kind.namespaced && ref.name_space.empty()) {
    return Error{ErrorKind::rejected, "a " + ref.kind.kind + " without a namespace"};
  }
  return std::nullopt;
}

}  // namespace

Client::Client(net::HttpClient& http, Timers& timers, const SteadyClock& steady,
               ClusterAccess access, std::shared_ptr<Credentials> credentials,
               ClientOptions options)
    : core_(std::shared_ptr<Core>(new Core{.http = http,
                                           .timers = timers,
                                           .steady = steady,
                                           .access = std::move(access),
                                           .credentials = std::move(credentials),
                                           .options = std::move(options),
                                           .pace = Pace(timers, steady)})) {}

Client::~Client() {
  core_->closed = true;
  core_->pace.close();
}

void Client::on_warning(std::function<void(const std::string& text)> warn) {
  core_->warn = std::move(warn);
}

const ClusterAccess& Client::access() const { return core_->access; }
Timers& Client::timers() const { return core_->timers; }
const SteadyClock& Client::steady() const { return core_->steady; }

void Client::Write::begin(std::shared_ptr<Core> core, Reply<Answer> reply) {
  auto take = [what = request.what, is_json_patch = json_patch, is_secret = secret,
               reply = std::move(reply)](Result<net::HttpResponse> response) mutable {
    if (!response) return reply(std::unexpected(response.error()));
    reply(answer_from(
        *response,
        {.what = what, .json_patch = is_json_patch, .secret = is_secret, .write = true}));
  };
  std::make_shared<Call>(std::move(core), std::move(request), std::move(take))->begin();
}

void Client::get(const ResourceRef& ref, Reply<std::optional<Tree>> reply) {
  const std::string what = "get " + text_of(ref);
  const bool secret = may_hold_secrets(ref.kind);
  Call::Request request{.what = what,
                        .path = path_of(ref),
                        .headers = {{"Accept", "application/json"}},
                        .fault = fault_of(ref)};
  auto take = [what, secret, kind = ref.kind.kind,
               reply = std::move(reply)](Result<net::HttpResponse> response) mutable {
    if (!response) return reply(std::unexpected(response.error()));
    auto answer = answer_from(*response, {.what = what, .secret = secret});
    if (answer && answer->outcome == Answer::Outcome::not_found) {
      return reply(std::optional<Tree>());
    }
    auto object = object_of(std::move(answer), what, kind);
    if (!object) return reply(std::unexpected(object.error()));
    reply(std::optional(std::move(*object)));
  };
  std::make_shared<Call>(core_, std::move(request), std::move(take))->begin();
}

void Client::create(const ResourceKind& kind, const std::string& name_space, const Tree& object,
                    const WriteOptions& options, Reply<Answer> reply) {
  const ResourceRef ref{kind, name_space, object.text_or("/metadata/name", "?")};
  Call::Request request{.what = "create " + text_of(ref),
                        .method = "POST",
                        .path = path_of(kind, name_space) + write_query(options, false),
                        .headers = json_headers(),
                        .body = codec::write_json(object),
                        .urgent = options.urgent,
                        .fault = fault_of(ref)};
  Write{.request = std::move(request), .json_patch = false, .secret = may_hold_secrets(kind)}.begin(
      core_, std::move(reply));
}

void Client::replace(const ResourceRef& ref, const Tree& object, const WriteOptions& options,
                     Reply<Answer> reply) {
  Call::Request request{
      .what = "update " + text_of(ref),
      .method = "PUT",
      .path = under(path_of(ref), options.subresource) + write_query(options, false),
      .headers = json_headers(),
      .body = codec::write_json(object),
      .urgent = options.urgent,
      .fault = fault_of(ref)};
  Write{.request = std::move(request), .json_patch = false, .secret = may_hold_secrets(ref.kind)}
      .begin(core_, std::move(reply));
}

void Client::patch(const ResourceRef& ref, PatchKind kind, std::string body,
                   const WriteOptions& options, Reply<Answer> reply) {
  Call::Request request{
      .what = "patch " + text_of(ref),
      .method = "PATCH",
      .path =
          under(path_of(ref), options.subresource) + write_query(options, kind == PatchKind::apply),
      .headers = {{"Accept", "application/json"}, {"Content-Type", content_type_of(kind)}},
      .body = std::move(body),
      .urgent = options.urgent,
      .fault = fault_of(ref)};
  Write{.request = std::move(request),
        .json_patch = kind == PatchKind::json,
        .secret = may_hold_secrets(ref.kind)}
      .begin(core_, std::move(reply));
}

void Client::remove(const ResourceRef& ref, const RemoveOptions& options, Reply<Answer> reply) {
  Tree body(Tree::Map{{"apiVersion", "v1"},
                      {"kind", "DeleteOptions"},
                      {"propagationPolicy", options.foreground ? "Foreground" : "Background"}});
  if (!options.uid.empty()) body.set_at("/preconditions/uid", options.uid);
  if (options.dry_run) body.set("dryRun", Tree(Tree::List{"All"}));
  Call::Request request{.what = "delete " + text_of(ref),
                        .method = "DELETE",
                        .path = path_of(ref),
                        .headers = json_headers(),
                        .body = codec::write_json(body),
                        .fault = fault_of(ref)};
  Write{.request = std::move(request), .json_patch = false, .secret = may_hold_secrets(ref.kind)}
      .begin(core_, std::move(reply));
}

void Client::get_text(const std::string& path, std::size_t bytes_max, Reply<std::string> reply) {
  const std::string what = "get " + path.substr(0, path.find('?'));
  Call::Request request{.what = what, .path = path, .body_bytes_max = bytes_max};
  auto take = [what, reply = std::move(reply)](Result<net::HttpResponse> response) mutable {
    if (!response) return reply(std::unexpected(response.error()));
    if (response->status == 200) return reply(std::move(response->body));
    auto answer = answer_from(*response, {.what = what});
    const bool nothing = answer && answer->outcome == Answer::Outcome::not_found;
    if (nothing) return reply(fail(ErrorKind::no_data, what + ": " + answer->message));
    auto object = object_of(std::move(answer), what);
    if (!object) return reply(std::unexpected(object.error()));
    reply(fail(ErrorKind::malformed,
               what + ": unexpected HTTP status " + std::to_string(response->status)));
  };
  std::make_shared<Call>(core_, std::move(request), std::move(take))->begin();
}

void Client::through_service(const std::string& name_space, const std::string& service_and_port,
                             const std::string& path, const std::string& form, Duration timeout,
                             Reply<net::HttpResponse> reply) {
  const std::string proxy =
      path_of(ResourceRef{kinds::service, name_space, service_and_port}) + "/proxy" + path;
  const bool post = !form.empty();
  Call::Request request{
      .what = "service " + name_space + "/" + service_and_port + " through the API server",
      .method = post ? "POST" : "GET",
      .path = proxy,
      .headers = post ? net::Headers{{"Content-Type", "application/x-www-form-urlencoded"}}
                      : net::Headers{},
      .body = form,
      .timeout = timeout};
  std::make_shared<Call>(core_, std::move(request), std::move(reply))->begin();
}

void Client::version(Reply<std::string> reply) {
  Call::Request request{.what = "version of " + core_->access.server, .path = "/version"};
  auto take = [reply = std::move(reply)](Result<net::HttpResponse> response) mutable {
    if (!response) return reply(std::unexpected(response.error()));
    auto body = object_of(answer_from(*response, {.what = "version"}), "version");
    if (!body) return reply(std::unexpected(body.error()));
    const std::string* const version = body->text_at("/gitVersion");
    if (version == nullptr) {
      return reply(fail(ErrorKind::malformed, "version: this is no Kubernetes API server"));
    }
    reply(codec::printable(*version));
  };
  std::make_shared<Call>(core_, std::move(request), std::move(take))->begin();
}

// Each question is asked in turn; the answers are few.
class Client::Questions : public std::enable_shared_from_this<Client::Questions> {
 public:
  Questions(std::shared_ptr<Core> core, std::vector<AccessQuestion> questions,
            Reply<std::vector<bool>> reply)
      : core_(std::move(core)), questions_(std::move(questions)), reply_(std::move(reply)) {}

  void next() {
    if (answers_.size() == questions_.size()) return reply_(std::move(answers_));
    const AccessQuestion& question = questions_[answers_.size()];
    Tree review(
        Tree::Map{{"apiVersion", "authorization.k8s.io/v1"}, {"kind", "SelfSubjectAccessReview"}});
    Tree attributes(Tree::Map{{"verb", question.verb},
                              {"group", question.kind.group},
                              {"resource", question.kind.plural}});
    if (question.kind.namespaced) attributes.set("namespace", question.name_space);
    if (!question.subresource.empty()) attributes.set("subresource", question.subresource);
    if (!question.name.empty()) attributes.set("name", question.name);
    review.set_at("/spec/resourceAttributes", std::move(attributes));
    Call::Request request{.what = "access review",
                          .method = "POST",
                          .path = path_of(kinds::self_subject_access_review, ""),
                          .headers = json_headers(),
                          .body = codec::write_json(review)};
    std::make_shared<Call>(core_, std::move(request),
                           [self = shared_from_this()](Result<net::HttpResponse> response) {
                             if (!response) return self->reply_(std::unexpected(response.error()));
                             self->take(*response);
                           })
        ->begin();
  }

 private:
  void take(const net::HttpResponse& response) {
    const auto body = object_of(answer_from(response, {.what = "access review"}), "access review");
    if (!body) return reply_(std::unexpected(body.error()));
    const auto allowed = body->bool_at("/status/allowed");
    if (!allowed) return reply_(fail(ErrorKind::malformed, "access review: no answer in it"));
    answers_.push_back(*allowed);
    next();
  }

  std::shared_ptr<Core> core_;
  std::vector<AccessQuestion> questions_;
  Reply<std::vector<bool>> reply_;
  std::vector<bool> answers_;
};

void Client::may_i(std::vector<AccessQuestion> questions, Reply<std::vector<bool>> reply) {
  if (questions.empty()) {
    core_->timers.at(core_->steady.now(),
                     [reply = std::move(reply)]() mutable { reply(std::vector<bool>()); });
    return;
  }
  std::make_shared<Questions>(core_, std::move(questions), std::move(reply))->next();
}

void Client::open_stream(const StreamRequest& request, net::StreamEvents events,
                         std::function<void(std::unique_ptr<net::HttpStream>)> opened) {
  auto shared = std::make_shared<net::StreamEvents>(std::move(events));
  core_->credentials->authorization([core = core_, request, shared, opened = std::move(opened)](
                                        Result<Authorization> authorization) {
    if (core->closed) return;
    if (!authorization) return shared->on_end(std::unexpected(authorization.error()));
    net::HttpRequest asked{.url = core->access.server + request.path,
                           .headers = core->identity(),
                           .authorization = authorization->header,
                           .timeout = request_time_max,
                           .silence_max = request.silence_max,
                           .tls = core->tls_for(*authorization)};
    asked.headers.emplace_back("Accept", request.accept);
    opened(core->http.open_stream(std::move(asked), std::move(*shared)));
  });
}

}  // namespace kai::kubeapi
