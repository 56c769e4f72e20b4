#include "app/commands/foreground.h"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "app/commands/common.h"
#include "app/screen/ending.h"
#include "app/screen/status.h"
#include "app/screen/viewer.h"
#include "core/rollout/advance.h"
#include "engine/engine.h"

namespace kai::app {
namespace {

// What was decided has to show within this time, else a person has to look.
constexpr Duration confirm_within = std::chrono::minutes(10);

// The way out takes as long as the world lets it; after a while the person is told.
bool is_stuck(const core::Record& record) {
  const bool on_the_way_out =
      record.phase == core::Phase::rolled_back || record.phase == core::Phase::promoted;
  return on_the_way_out && !core::is_over(record) &&
         record.in_stage > std::max(confirm_within, record.plan.timing.drain);
}

// How long the last Events may keep an ended rollout from being reported.
constexpr Duration last_events_max = std::chrono::seconds(2);

// The person at the terminal, the report, then the users of the platform.
class AllViewers final : public ports::RolloutViewer {
 public:
  explicit AllViewers(std::array<ports::RolloutViewer*, 3> viewers) : viewers_(viewers) {}
  void show(const ports::RolloutView& view,
            const std::vector<ports::RolloutEvent>& events) override {
    for (ports::RolloutViewer* const viewer : viewers_) viewer->show(view, events);
  }

 private:
  std::array<ports::RolloutViewer*, 3> viewers_;
};

class Foreground {
 public:
  Foreground(App& app, const Arguments& arguments, Platform& platform, engine::Taken taken,
             EventSink events, ReportWriter report)
      : app_(app),
        arguments_(arguments),
        platform_(platform),
        viewer_(app.steady, app.wall, options(), app.err, std::move(events)),
        report_(std::move(report)),
        viewers_({&viewer_, &report_, &platform.events()}),
        engine_(platform.ports(viewers_), {app.steady, app.wall, app.loop, app.log},
                std::move(taken.record), std::move(taken.version)) {}

  int run() {
    app_.on_signal = [this](int number) { on_signal(number); };
    report_.begin(engine_.record());
    engine_.start();
    static_cast<void>(app_.loop.run_until([this] {
      return engine_.end() != engine::EngineEnd::running || left_ != 0 ||
             is_stuck(engine_.record());
    }));
    if (left_ == 0) post_last_events();
    app_.on_signal = nullptr;
    viewer_.close();
    return finish();
  }

 private:
  ViewerOptions options() const {
    return {.terminal = app_.err_is_terminal,
            .look = {.colour = app_.err_colour, .utf8 = app_.utf8},
            .quiet = is_on(app_, arguments_, "quiet"),
            .columns = app_.columns};
  }

  void on_signal(int number) {
    if (signalled_) {
      left_ = number;
      return;
    }
    signalled_ = true;
    viewer_.close();
    app_.err(
        "\nstopping: the canary gets no traffic any more and is removed; once more leaves "
        "everything as it is\n");
    engine_.command({.id = fresh_id(app_),
                     .verb = core::Verb::abort,
                     .who = app_.user,
                     .when = app_.wall.now()});
  }

  // The end itself is among them. A person in a hurry gets the end without them.
  void post_last_events() {
    bool hurried = false;
    app_.on_signal = [&hurried](int /*number*/) { hurried = true; };
    const SteadyTime deadline = app_.steady.now() + last_events_max;
    const TimerId timer = app_.loop.at(deadline, [] {});
    static_cast<void>(app_.loop.run_until([this, deadline, &hurried] {
      return platform_.are_events_posted() || hurried || app_.steady.now() >= deadline;
    }));
    app_.loop.cancel(timer);
  }

  // What was left as it is was told to nobody as a result: it is narration, not data.
  int finish() {
    const core::Record& record = engine_.record();
    if (left_ == 0) return conclude(ending_of(engine_.end(), record, engine_.trouble()));
    const Ending left = left_as_it_is(record, left_);
    report_.end(record, left);
    narrate(app_, {{{left.sentence, Colour::bad}}});
    return left.code;
  }

  int conclude(const Ending& ending) {
    report_.end(engine_.record(), ending);
    print_ending(app_, arguments_, engine_.record(), ending);
    return ending.code;
  }

  App& app_;
  const Arguments& arguments_;
  Platform& platform_;
  CommandViewer viewer_;
  ReportWriter report_;
  AllViewers viewers_;
  engine::RolloutEngine engine_;
  bool signalled_ = false;
  int left_ = 0;  // the second signal's number
};

}  // namespace

void print_ending(App& app, const Arguments& arguments, const core::Record& record,
                  const Ending& ending) {
  if (!wants_data(app, arguments)) return print(app, {line_of(ending)});
  Tree tree = status_tree({.name_space = record.plan.target.name_space,
                           .release = record.plan.target.release,
                           .record = record,
                           .holder = {},
                           .now = app.wall.now(),
                           .holder_asked = false});
  tree.set("kind", "RolloutResult");
  tree.set("exitCode", ending.code);
  tree.set("sentence", ending.sentence);
  print_data(app, arguments, tree);
}

int run_in_foreground(App& app, const Arguments& arguments, Platform& platform, engine::Taken taken,
                      EventSink events, ReportWriter report) {
  return std::make_unique<Foreground>(app, arguments, platform, std::move(taken), std::move(events),
                                      std::move(report))
      ->run();
}

ports::Holder holder_of(const App& app) {
  return {.name = app.user, .host = app.host, .process = app.process_id, .since = app.wall.now()};
}

std::string fresh_id(App& app) {
  static constexpr std::string_view letters =
      "0123456789abcdefghjkmnpqrstvwxyz";  // without those that look alike
  std::uint64_t bits = app.random.next();
  std::string id;
  for (int i = 0; i < 5; ++i) {
    id += letters[bits % letters.size()];
    bits /= letters.size();
  }
  return id;
}

}  // namespace kai::app
