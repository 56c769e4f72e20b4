// pause, resume, promote and abort: a command into the record for whoever owns it; without an owner
// this process becomes it.
#include <algorithm>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/common.h"
#include "app/commands/foreground.h"
#include "app/screen/progress.h"
#include "app/screen/status.h"
#include "core/rollout/advance.h"
#include "engine/takeover.h"
#include "net/await.h"

namespace kai::app {
namespace {

constexpr Duration poll_period = std::chrono::milliseconds(500);
constexpr Duration claim_period = std::chrono::seconds(3);
constexpr Duration answer_within = std::chrono::minutes(10);

class Control {
 public:
  Control(App& app, const Arguments& arguments, core::Verb verb)
      : app_(app), arguments_(arguments), verb_(verb) {}

  int run() {
    auto subject =
        read_subject(app_, arguments_, arguments_.words.empty() ? "" : arguments_.words[0]);
    if (!subject) return exit_usage;
    release_ = subject->target.release;
    auto events = open_events(app_, arguments_);
    if (!events) return events.error();
    events_ = std::move(*events);
    auto platform = connect_or_code(app_, arguments_, *subject);
    if (!platform) return platform.error();
    platform_ = std::move(*platform);
    auto record = load();
    if (!record) return app::report(app_, "cannot read the record of this release", record.error());
    if (!*record || (*record)->rollout.empty() || core::is_over(**record)) {
      return nothing_to_do(subject->target, *record);
    }
    auto report = ReportWriter::open(app_, arguments_, (*record)->rollout);
    if (!report) return report.error();
    report_ = std::move(*report);
    command_ = {.id = fresh_id(app_), .verb = verb_, .who = app_.user, .when = app_.wall.now()};
    last_ = std::move(**record);
    const auto sent = net::await<Unit>(
        app_.loop, [&](auto reply) { platform_->store().submit(command_, std::move(reply)); });
    if (!sent) return app::report(app_, "cannot send the command", sent.error());
    return follow();
  }

 private:
  Result<std::optional<core::Record>> load() {
    auto stored = net::await<std::optional<ports::Stored>>(
        app_.loop, [&](auto reply) { platform_->store().load(std::move(reply)); });
    if (!stored) return std::unexpected(stored.error());
    return *stored ? std::optional((*stored)->record) : std::nullopt;
  }

  // The owner obeys within a second or two. When there is none, or it died, its lease runs out and
  // this process goes on.
  int follow() {
    const SteadyTime began = app_.steady.now();
    SteadyTime claim_at = began;
    bool told = false;
    while (app_.steady.now() - began < answer_within) {
      auto record = load();
      if (record && *record && is_answered(**record)) return conclude(**record);
      if (record && *record) last_ = std::move(**record);
      if (app_.steady.now() >= claim_at) {
        claim_at = app_.steady.now() + claim_period;
        auto taken = net::await<engine::Taken>(app_.loop, [&](auto reply) {
          engine::take_over(platform_->store(), holder_of(app_), keep_it, std::move(reply));
        });
        if (taken) {
          get_ready();
          return run_in_foreground(app_, arguments_, *platform_, std::move(*taken),
                                   std::move(events_), std::move(report_));
        }
        if (!std::exchange(told, true)) tell_sent(taken.error());
      }
      wait(app_, poll_period);
    }
    const Ending ending{exit_not_confirmed,
                        fmt::format("NOT CONFIRMED: the command was sent, but nobody obeyed it "
                                    "within {}; look with: kai-canary status {}",
                                    format_duration(answer_within), release_)};
    print_ending(app_, arguments_, last_, ending);
    return ending.code;
  }

  void tell_sent(const Error& claimed) {
    narrate(app_, {{{"sent to the owner of the rollout: " + claimed.message}}});
    if (report_.is_open())
      narrate(app_, {{{"--report: as long as the owner lives, what is judged goes to his"}}});
  }

  // A way out must not fail because of it: what cannot be brought up is told, and the engine looks
  // for itself.
  void get_ready() {
    const auto ready =
        net::await<Unit>(app_.loop, [&](auto reply) { platform_->get_ready(std::move(reply)); });
    if (!ready) narrate(app_, {{{"warning", Colour::attention}, {": " + ready.error().message}}});
  }

  int nothing_to_do(const core::Target& target, const std::optional<core::Record>& record) {
    if (wants_data(app_, arguments_)) {
      print_data(app_, arguments_,
                 status_tree({.name_space = target.name_space,
                              .release = target.release,
                              .record = record,
                              .holder = {},
                              .now = app_.wall.now()}));
    } else {
      print(app_, {{{fmt::format("nothing to {}: no rollout of {} is under way", name_of(verb_),
                                 target.release)}}});
    }
    return 0;
  }

  static Result<core::Record> keep_it(const std::optional<core::Record>& stored) {
    if (!stored) return fail(ErrorKind::rejected, "the record is gone");
    if (core::is_over(*stored)) return fail(ErrorKind::rejected, "the rollout is over");
    return *stored;
  }

  // Abort waits for the end; the others for being obeyed.
  [[nodiscard]] bool is_answered(const core::Record& record) const {
    if (core::is_over(record)) return true;
    if (verb_ == core::Verb::abort) return false;
    return std::ranges::find(record.obeyed, command_.id) != record.obeyed.end();
  }

  // An owner takes every command and does nothing where it has no meaning: a pause while it
  // promotes, a promotion while a step begins.
  [[nodiscard]] bool is_done(const core::Record& record) const {
    switch (verb_) {
      case core::Verb::pause:
        return core::is_paused(record);
      case core::Verb::resume:
        return !core::is_paused(record);
      case core::Verb::promote:
        return !core::is_paused(record) &&
               (record.phase != core::Phase::progressing || record.final_requested);
      case core::Verb::abort:
        return true;
    }
    return true;
  }

  // The way an owner ends a rollout after an abort is what was asked for.
  int conclude(const core::Record& record) {
    Ending ending{0, fmt::format("{}: {}", name_of(record.phase), record.reason.sentence)};
    if (!core::is_over(record) && !is_done(record)) {
      ending = {exit_refused,
                fmt::format("NOT DONE: {} has no effect now; {} ({}): {}", name_of(verb_),
                            word_of(record.phase), name_of(record.stage), record.reason.sentence)};
    }
    if (core::is_over(record)) {
      const bool aborted = verb_ == core::Verb::abort && record.end == core::End::aborted;
      ending = {aborted ? 20 : exit_code_of(record), end_sentence(record)};
    }
    print_ending(app_, arguments_, record, ending);
    return ending.code;
  }

  App& app_;
  const Arguments& arguments_;
  core::Verb verb_;
  std::unique_ptr<Platform> platform_;
  EventSink events_;
  ReportWriter report_;
  core::Command command_;
  core::Record last_;  // as it was when it could be read last
  std::string release_;
};

}  // namespace

int run_pause(App& app, const Arguments& arguments) {
  return Control(app, arguments, core::Verb::pause).run();
}
int run_resume(App& app, const Arguments& arguments) {
  return Control(app, arguments, core::Verb::resume).run();
}
int run_promote(App& app, const Arguments& arguments) {
  return Control(app, arguments, core::Verb::promote).run();
}
int run_abort(App& app, const Arguments& arguments) {
  return Control(app, arguments, core::Verb::abort).run();
}

}  // namespace kai::app
