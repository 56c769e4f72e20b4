// A mutex that clang checks: a field says by which one it is guarded, and a use without it is an
// error of the build.
#pragma once

#include <mutex>

#if defined(__clang__)
#define KAI_THREAD_ATTRIBUTE(name) __attribute__((name))
#else
#define KAI_THREAD_ATTRIBUTE(name)
#endif
#define KAI_GUARDED_BY(mutex) KAI_THREAD_ATTRIBUTE(guarded_by(mutex))

namespace kai {

class KAI_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() KAI_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() KAI_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class KAI_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) KAI_THREAD_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() KAI_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace kai
