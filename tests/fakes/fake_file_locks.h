// Locks in memory, and a log of who takes and drops them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "os/file_locks.h"

namespace kai::fakes {

class FakeFileLocks final : public os::FileLocks {
 public:
  // What calls on these paths answer instead: a file system without locks, a missing right.
  std::map<std::string, Error> broken;

  Result<std::unique_ptr<os::FileLock>> try_lock(const std::string& path) override {
    if (broken.contains(path)) return std::unexpected(broken.at(path));
    if (state_->held.contains(path)) return nullptr;
    state_->held[path] = true;
    state_->log.push_back("lock " + path);
    return std::make_unique<Lock>(state_, path);
  }
  Result<bool> is_locked(const std::string& path) override {
    if (broken.contains(path)) return std::unexpected(broken.at(path));
    return state_->held.contains(path);
  }

  // As if the file had been removed: who holds it does not hold what others lock now.
  void take_away(const std::string& path) {
    if (state_->held.contains(path)) state_->held[path] = false;
  }
  // "lock /a/b", "unlock /a/b".
  [[nodiscard]] const std::vector<std::string>& log() const { return state_->log; }

 private:
  struct State {
    std::map<std::string, bool> held;  // -> is in place
    std::vector<std::string> log;
  };

  class Lock final : public os::FileLock {
   public:
    Lock(std::shared_ptr<State> state, std::string path)
        : state_(std::move(state)), path_(std::move(path)) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() override {
      state_->held.erase(path_);
      state_->log.push_back("unlock " + path_);
    }
    [[nodiscard]] bool is_in_place() const override { return state_->held[path_]; }

   private:
    std::shared_ptr<State> state_;
    std::string path_;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace kai::fakes
