// Fleet: the processes of a release on this machine, and the file that knows them. Nothing runs
// that the file does not know.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/reply.h"
#include "core/rollout/record.h"
#include "edges/local_workload/health.h"
#include "edges/local_workload/local_plan.h"
#include "edges/local_workload/local_seams.h"
#include "edges/local_workload/release_file.h"
#include "ports/workload.h"

namespace kai::edges {

// Running processes that are wanted of one service.
struct Wanted {
  const core::LocalRelease* release = nullptr;
  const core::LocalService* service = nullptr;
  std::string tag;
  std::string rollout;
  std::uint32_t count = 0;
  InstanceArm arm = InstanceArm::canary;  // of those that are started
  // One that ended in this rollout, before it was promoted, is why a canary fails. On the way back
  // to a version that was good it is no more than an earlier try.
  enum class Ended : std::uint8_t { counts, is_replaced };
  Ended ended = Ended::counts;
};

class Fleet : public std::enable_shared_from_this<Fleet> {
 public:
  Fleet(LocalSeams seams, LocalOptions options);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet();

  // Its owners are going: nothing of it runs any more, and nobody is told anything. What is under
  // way may hold the fleet for longer than the loop lives that its watches are on.
  void close();

  // An empty one when nothing was deployed yet.
  [[nodiscard]] Result<ReleaseFile> load() const;
  // Reads it, changes it, and writes it as a whole. What `change` refuses is not written.
  Result<Unit> change(const std::function<Result<Unit>(ReleaseFile&)>& change);

  [[nodiscard]] bool is_alive(const Instance& instance);
  // Starts what is missing of `count` running ones and leaves those that are there as they are.
  Result<Unit> ensure(const Wanted& wanted);
  // Why it is not there any more: its exit code and its last words.
  [[nodiscard]] core::Reason death_of(const Instance& instance);

  [[nodiscard]] Health& health() { return health_; }
  // Asks every 200 ms until all are healthy. rejected: one has ended, or was not healthy for as
  // long as it may take, in its own words; unavailable: `*stop` became true.
  void await_healthy(std::vector<Instance> instances, std::shared_ptr<bool> stop,
                     Reply<Unit> reply);
  // Signal, then SIGKILL after its time; the answer comes when none runs. `keep`: they stay in the
  // file, for the evidence. One that is being stopped already is waited for. unavailable: one does
  // not even end by SIGKILL; nothing is waited for any more, and those that ended are recorded as
  // such.
  enum class Records : std::uint8_t { keep, erase };
  void stop(std::vector<Instance> instances, Records records, Reply<Unit> reply);

  // Stops and forgets what earlier rollouts left behind: neither stable, nor of `rollout`, nor a
  // running one with the tag `kept`.
  void clear_leftovers(const std::string& rollout, const std::string& kept, Reply<Unit> reply);

  // Publishes the endpoints of the healthy ones of a tag and an arm.
  void publish(const std::string& tag, InstanceArm arm, Reply<Unit> reply);
  // Tells of each end of a process that nobody asked for, and of processes that became healthy.
  using Listener = std::move_only_function<void(ports::WorkloadNews)>;
  [[nodiscard]] std::unique_ptr<ports::Watching> listen(Listener listener);
  // Watches what is in the file and alive.
  void watch_all();
  void tell(ports::WorkloadNews news);

  [[nodiscard]] std::vector<std::string> last_words(const Instance& instance,
                                                    std::size_t lines_max);
  [[nodiscard]] std::string log_file_of(const Instance& instance) const;
  // Of tags that nothing in `file` knows.
  void remove_old_logs(const ReleaseFile& file);
  void cut_logs(const ReleaseFile& file);

  [[nodiscard]] LocalSeams& seams() { return seams_; }
  [[nodiscard]] const LocalOptions& options() const { return options_; }
  // Runs `task` soon, and not when the fleet is gone.
  void later(Task task);
  void after(Duration wait, Task task);

 private:
  using Key = std::pair<std::int64_t, std::uint64_t>;
  static Key key_of(const Instance& instance) {
    return {instance.process.pid, instance.process.started};
  }
  struct Stop;
  struct Waiting;
  class Listening;

  Result<Unit> start_one(const Wanted& wanted);
  [[nodiscard]] std::optional<std::uint16_t> free_port(const core::LocalRelease& release,
                                                       const ReleaseFile& file);
  void watch(const Instance& instance);
  void on_end(const Instance& instance);
  void leave_service(const Instance& instance);
  void look_after(const std::shared_ptr<Stop>& stop);
  void ask_again(const std::shared_ptr<Waiting>& waiting);

  LocalSeams seams_;
  LocalOptions options_;
  Health health_;
  std::map<Key, std::unique_ptr<os::ProcessWatch>> watches_;
  std::set<Key> stopping_;
  bool is_closed_ = false;
  std::shared_ptr<std::list<Listener*>> listeners_ = std::make_shared<std::list<Listener*>>();
};

}  // namespace kai::edges
