#include "tests/fakes/fake_process.h"

#include <utility>

namespace kai::fakes {
namespace {

std::string last_segment(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool begins_with(const std::vector<std::string>& argv, const std::vector<std::string>& words) {
  if (argv.size() < words.size()) return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool same = argv[i] == words[i] || (i == 0 && last_segment(argv[i]) == words[i]);
    if (!same) return false;
  }
  return true;
}

std::string joined(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& word : argv) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

FakeProcess::Script& FakeProcess::Script::exit(int exit_code, std::string out, std::string err) {
  os::ProcessResult result{.exit_code = exit_code, .out = std::move(out), .err = std::move(err)};
  return handle([result](const os::ProcessSpec&) { return result; });
}

FakeProcess::Script& FakeProcess::Script::fail(ErrorKind kind, std::string message) {
  Error error{.kind = kind, .message = std::move(message)};
  return handle([error](const os::ProcessSpec&) -> Result<os::ProcessResult> {
    return std::unexpected(error);
  });
}

FakeProcess::Script& FakeProcess::Script::handle(Handler handler) {
  answers_.push_back({.handler = std::move(handler), .runs = runs_});
  return *this;
}

FakeProcess::Script& FakeProcess::Script::after(Duration runs) {
  runs_ = runs;
  return *this;
}

FakeProcess::Script& FakeProcess::Script::hang() {
  answers_.push_back({.handler = nullptr});
  return *this;
}

FakeProcess::Script& FakeProcess::on(std::vector<std::string> words) {
  Script& script = scripts_.emplace_back();
  script.words_ = std::move(words);
  return script;
}

FakeProcess::Script* FakeProcess::find_script(const std::vector<std::string>& argv) {
  Script* best = nullptr;
  for (Script& script : scripts_) {
    if (!begins_with(argv, script.words_)) continue;
    if (!best || script.words_.size() >= best->words_.size()) best = &script;
  }
  return best;
}

os::ProcessId FakeProcess::start(os::ProcessSpec spec, Reply<os::ProcessResult> reply) {
  const os::ProcessId id = ++last_;
  log_.push_back(joined(spec.argv));
  specs_.push_back(spec);
  Script::Answer answer{.handler = [](const os::ProcessSpec& asked) -> Result<os::ProcessResult> {
    return kai::fail(ErrorKind::rejected, "no script for " + joined(asked.argv));
  }};
  Script* const script = find_script(spec.argv);
  if (script && !script->answers_.empty()) {
    answer = script->answers_.front();
    if (script->answers_.size() > 1) script->answers_.pop_front();
  }
  Running& running = running_[id];
  running.spec = std::move(spec);
  running.reply = std::move(reply);
  const bool in_time = answer.handler && answer.runs < running.spec.timeout;
  const Duration runs = in_time ? answer.runs : running.spec.timeout;
  running.timer = timers_.at(clock_.now() + runs, [this, id, in_time, answer = std::move(answer)] {
    if (in_time) return end(id, answer.handler(running_.at(id).spec));
    end(id, os::ProcessResult{.exit_code = 143, .timed_out = true});
  });
  return id;
}

void FakeProcess::terminate(os::ProcessId process) {
  const auto found = running_.find(process);
  if (found == running_.end()) return;
  log_.push_back("terminate " + last_segment(found->second.spec.argv.front()));
  timers_.cancel(found->second.timer);
  found->second.timer = timers_.at(
      clock_.now(), [this, process] { end(process, os::ProcessResult{.exit_code = 143}); });
}

void FakeProcess::end(os::ProcessId id, Result<os::ProcessResult> result) {
  Reply<os::ProcessResult> reply = std::move(running_.extract(id).mapped().reply);
  reply(std::move(result));
}

}  // namespace kai::fakes
