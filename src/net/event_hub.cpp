#include <map>
#include <mutex>

#include "net/server_core.h"

namespace fm::net {

struct EventHub::Impl::State {
  struct Stream {
    std::weak_ptr<LoopPort> loop;
    std::weak_ptr<ConnectionPort> connection;
  };
  using Batch = std::vector<std::weak_ptr<ConnectionPort>>;

  mutable std::mutex mutex;  // guards streams
  std::map<const ConnectionPort*, Stream> streams;

  // The open streams by loop: one task for each loop, however many streams it holds.
  std::vector<std::pair<std::shared_ptr<LoopPort>, Batch>> by_loop() const {
    std::vector<std::pair<std::shared_ptr<LoopPort>, Batch>> out;
    const std::lock_guard lock(mutex);
    for (const auto& [key, stream] : streams) {
      auto loop = stream.loop.lock();
      if (!loop) continue;
      auto at = out.begin();
      while (at != out.end() && at->first != loop) ++at;
      if (at == out.end()) at = out.insert(at, {std::move(loop), {}});
      at->second.push_back(stream.connection);
    }
    return out;
  }
};

EventHub::Impl::Impl() : state_(std::make_unique<State>()) {}
EventHub::Impl::~Impl() = default;

void EventHub::Impl::add(std::shared_ptr<LoopPort> loop, const std::shared_ptr<ConnectionPort>& stream) {
  const std::lock_guard lock(state_->mutex);
  state_->streams[stream.get()] = {std::move(loop), stream};
}

void EventHub::Impl::remove(const ConnectionPort* stream) {
  const std::lock_guard lock(state_->mutex);
  state_->streams.erase(stream);
}

void EventHub::Impl::publish(std::string_view event, std::string_view data) {
  std::string text;
  text.reserve(event.size() + data.size() + 16);
  text.append("event: ").append(event).append("\ndata: ").append(data).append("\n\n");
  const auto frame = std::make_shared<const std::string>(std::move(text));
  for (auto& [loop, batch] : state_->by_loop()) {
    loop->post([frame, streams = std::move(batch)] {
      for (const auto& weak : streams) {
        if (const auto stream = weak.lock()) stream->push(frame);
      }
    });
  }
}

void EventHub::Impl::close_all() {
  for (auto& [loop, batch] : state_->by_loop()) {
    loop->post([streams = std::move(batch)] {
      for (const auto& weak : streams) {
        if (const auto stream = weak.lock()) stream->end_stream();
      }
    });
  }
}

std::size_t EventHub::Impl::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->streams.size();
}

EventHub::EventHub() : impl_(std::make_shared<Impl>()) {}
EventHub::~EventHub() { impl_->close_all(); }
void EventHub::publish(std::string_view event, std::string_view data) { impl_->publish(event, data); }
std::size_t EventHub::streams() const { return impl_->size(); }

}  // namespace fm::net
