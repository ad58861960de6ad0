// A fixed number of named threads behind a bounded queue, for work that blocks.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fm {

// Thread-safe. Tasks run in the order they were taken; an exception that leaves one ends the program (a fault of ours).
class Pool {
 public:
  using Task = std::move_only_function<void()>;

  // name: shown by debuggers and top ("name-0", at most 15 characters). queue_limit: tasks that may wait.
  Pool(const std::string& name, unsigned threads, std::size_t queue_limit);
  ~Pool();  // stop()
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // False, and the task is left as it was, when the queue is full or the pool is stopped.
  bool try_submit(Task&& task);
  // Tasks that wait for a thread.
  std::size_t waiting() const;
  // Takes no more tasks, destroys the waiting ones without running them, lets the running ones end, joins. Idempotent;
  // not to be called from a task.
  void stop();

 private:
  void work();

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;  // guards queue_, stopping_
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fm
