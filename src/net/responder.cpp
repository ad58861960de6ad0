#include <exception>

#include "net/server_core.h"
#include "telemetry/log.h"

namespace fm::net {
namespace {

// What waits for, and then runs on, the pool.
struct PoolJob {
  std::shared_ptr<Core> core;
  const Route* route;
  Context context;
  Request request;
  std::shared_ptr<Responder::Impl> responder;
  bool answered = false;

  PoolJob(std::shared_ptr<Core> the_core, const Route& the_route, Context the_context, Request&& the_request,
          std::shared_ptr<Responder::Impl> the_responder)
      : core(std::move(the_core)),
        route(&the_route),
        context(std::move(the_context)),
        request(std::move(the_request)),
        responder(std::move(the_responder)) {}
  PoolJob(const PoolJob&) = delete;
  PoolJob& operator=(const PoolJob&) = delete;
  // A job that the pool dropped at its stop.
  ~PoolJob() {
    if (!answered) answer(core->error(503, "the server is stopping"));
  }

  void answer(Response&& response) {
    answered = true;
    request = Request();  // the body's memory goes before its reservation
    responder->answer(std::move(response));
  }

  void run() {
    if (auto alive = context.check(); !alive) {
      return answer(core->error(503, "the request waited too long for a free thread").with("Retry-After", "5"));
    }
    try {
      handle();
    } catch (const std::exception& exception) {
      telemetry::error(
          "a request handler threw",
          {{"route", route->pattern}, {"what", std::string(exception.what())}, {"trace_id", context.trace_id()}});
      answer(core->error(500, "an unexpected fault; the log has it under this trace id"));
    }
  }

  void handle() {
    if (route->kind == Route::Kind::pool) return answer(route->pool(context, request));
    if (auto refusal = route->stream(context, request)) return answer(*std::move(refusal));
    answered = true;
    responder->open_stream(route->hub);
  }
};

}  // namespace

Response Core::error(int status, std::string_view detail) const {
  if (make_error) return make_error(status, detail);
  return Response::text(status, std::string(detail) + "\n");
}

void Responder::Impl::answer(Response&& response) {
  reservation.release();
  if (loop->here()) {
    if (const auto open = connection.lock()) open->answer(std::move(response));
    return;
  }
  loop->post([to = std::move(connection), held = std::move(response)]() mutable {
    if (const auto open = to.lock()) open->answer(std::move(held));
  });
}

void Responder::Impl::fail(int status, std::string_view detail) {
  reservation.release();
  // The error is made on the loop: where the server has gone, nothing of it is touched.
  auto tell = [to = std::move(connection), from = core, status, why = std::string(detail)] {
    if (const auto open = to.lock()) open->answer(from->error(status, why));
  };
  loop->here() ? tell() : loop->post(std::move(tell));
}

void Responder::Impl::open_stream(std::shared_ptr<EventHub::Impl> hub) {
  reservation.release();
  loop->post([to = std::move(connection), streams = std::move(hub)]() mutable {
    if (const auto open = to.lock()) open->open_stream(std::move(streams));
  });
}

Responder::Responder(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    const Responder dropped(std::move(impl_));
    impl_ = std::move(other.impl_);
  }
  return *this;
}

Responder::~Responder() {
  if (impl_) impl_->fail(500, "the request was not answered");
}

void Responder::operator()(Response response) {
  if (const auto impl = std::exchange(impl_, nullptr)) impl->answer(std::move(response));
}

void submit_to_pool(const std::shared_ptr<Core>& core, const Route& route, Request&& request,
                    std::shared_ptr<Responder::Impl> responder) {
  Context context(*core->clock, core->clock->steady() + core->options.request_timeout, core->stop.get_token(),
                  request.trace_id);
  auto job = std::make_shared<PoolJob>(core, route, std::move(context), std::move(request), std::move(responder));
  if (core->pool->try_submit([job] { job->run(); })) return;
  core->refused_busy.fetch_add(1, std::memory_order_relaxed);
  job->answer(core->error(503, "too many requests wait already").with("Retry-After", "5"));
}

}  // namespace fm::net
