#include "net/connection.h"

#include <algorithm>
#include <cstring>

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "net/trace_id.h"

namespace fm::net {
namespace {

// Limits are set in powers of two: 26,214,400 bytes are "25 MiB".
constexpr std::size_t kLargeBody = 1024 * 1024;
constexpr Millis kLargeBodyGrace{3'000};

std::string limit_text(std::size_t bytes) {
  constexpr std::size_t kMiB = 1024 * 1024;
  return bytes % kMiB == 0 ? fmt::format("{} MiB", bytes / kMiB) : human_bytes(bytes);
}

namespace asio = boost::asio;
using boost::system::error_code;

// A Content-Length body is reserved whole but touched in these steps, so that memory follows what has arrived.
constexpr std::size_t kBodyStep = 256 * 1024;
constexpr std::size_t kBodyPadding = 64;  // behind a body, for parsers that read past its end in vectors
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

void grow_uninitialised(std::string& text, std::size_t size) {
  text.resize_and_overwrite(size, [](char*, std::size_t n) { return n; });
}

}  // namespace

Connection::Connection(std::shared_ptr<Loop> loop, StreamSocket socket, std::string remote)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      remote_(std::move(remote)),
      parser_(loop_->core().options.max_header_bytes) {}

Connection::~Connection() = default;

// --- life ---------------------------------------------------------------------------------------------------------

void Connection::start() {
  next_request();
  pump();
}

void Connection::refuse_busy() {
  loop_->core().refused_busy.fetch_add(1, std::memory_order_relaxed);
  refuse(503, "too many connections", {{"Retry-After", "5"}});
  pump();
}

void Connection::drain() {
  if (phase_ == Phase::idle) return close();
  if (phase_ == Phase::streaming) return end_stream();
  if (phase_ == Phase::lingering) return arm(kLingerStopping);
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  const auto keep = shared_from_this();
  phase_ = Phase::closed;
  if (hub_) std::exchange(hub_, nullptr)->remove(this);
  error_code ignored;
  socket_.close(ignored);
  reservation_.release();
  loop_->remove(*this);
}

void Connection::on_deadline() {
  switch (phase_) {
    case Phase::head:
      refuse(408, "the request's head took too long");
      return pump();
    case Phase::body:
    case Phase::chunked:
      check_body_rate();
      return pump();
    case Phase::streaming:
      if (!frames_.empty()) return close();  // nothing read for write_timeout
      return push(std::make_shared<const std::string>(": \n\n"));
    case Phase::handling:
    case Phase::closed:
      return;
    case Phase::idle:
    case Phase::writing:
    case Phase::lingering:
      return close();
  }
}

void Connection::pump() {
  if (pumping_) return;
  pumping_ = true;
  const auto keep = shared_from_this();
  for (bool more = true; more;) {
    switch (phase_) {
      case Phase::idle:
      case Phase::head:
        more = step_head();
        break;
      case Phase::body:
        more = step_body();
        break;
      case Phase::chunked:
        more = step_chunked();
        break;
      case Phase::handling:
        more = step_answer();
        break;
      case Phase::writing:
        more = step_write();
        break;
      case Phase::streaming:
      case Phase::lingering:
      case Phase::closed:
        more = false;
        break;
    }
  }
  pumping_ = false;
}

// --- reading ------------------------------------------------------------------------------------------------------

void Connection::next_request() {
  phase_ = Phase::idle;
  request_ = Request();
  route_ = nullptr;
  head_known_ = false;
  body_unread_ = false;
  parser_.start(request_);
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (capacity_ > kBufferBytes) {
      buffer_.reset();
      capacity_ = 0;
    }
    arm(options().idle_timeout);
  }
}

bool Connection::step_head() {
  const std::string_view bytes(buffer_.get() + begin_, end_ - begin_);
  const RequestParser::Step step = parser_.feed(bytes);
  begin_ += step.consumed;
  if (step.state == RequestParser::State::failed) {
    refuse(parser_.error_status(), parser_.error_detail());
    return true;
  }
  if (step.state == RequestParser::State::need_more) {
    if (begin_ == end_ && phase_ == Phase::idle && loop_->draining()) {
      close();
      return false;
    }
    if (phase_ == Phase::idle && !bytes.empty()) {
      phase_ = Phase::head;
      arm(options().header_timeout);
    }
    if (!make_room()) {
      refuse(431, "the request's headers are too large");
      return true;
    }
    read_more();
    return false;
  }
  on_head();
  return true;
}

// The head is read: decide everything that can be decided before the body.
void Connection::on_head() {
  head_read_at_ = std::chrono::steady_clock::now();
  loop_->count_request();
  keep_alive_ = parser_.keep_alive() && !loop_->draining();
  http10_ = parser_.http10();
  head_request_ = request_.method == "HEAD";
  request_.remote = remote_;
  request_.trace_id = trace_id_from(request_.header("traceparent"));
  body_bytes_ = 0;
  body_total_ = parser_.content_length();
  body_unread_ = parser_.chunked() || body_total_ > 0;
  head_known_ = true;
  remember_request();
  if (!find_route()) return;

  bool wants_continue = false;
  if (const std::string_view expect = request_.header("expect"); !expect.empty() && !http10_) {
    if (!iequals(expect, "100-continue")) return refuse(417, "only Expect: 100-continue is understood");
    wants_continue = true;
  }
  if (!body_unread_) return dispatch();
  if (!accept_body()) return;
  if (wants_continue && begin_ == end_) {
    pending_ = {kContinue, {}};
    phase_ = Phase::writing;
    after_ = After::read_body;
    body_.clear();
    write_limit_ = TimingWheel::kNever;
  }
}

void Connection::remember_request() {
  if (!loop_->core().filter && !loop_->core().observer) return;
  seen_.method = request_.method;
  seen_.target = request_.target;
  seen_.path = request_.path;
  seen_.query = request_.query;
  seen_.remote = remote_;
  seen_.trace_id = request_.trace_id;
}

bool Connection::find_route() {
  Core& core = loop_->core();
  std::string_view raw_path = request_.target;
  if (!raw_path.starts_with('/')) raw_path = request_.path;  // absolute form
  raw_path = raw_path.substr(0, raw_path.find_first_of("?#"));
  Router::Match match = core.router.match(request_.method, raw_path);
  switch (match.kind) {
    case Router::Match::Kind::found:
      route_ = &core.routes[match.route];
      request_.path_values = std::move(match.values);
      break;
    case Router::Match::Kind::wrong_method:
      refuse(405, "this path takes " + match.allow, {{"Allow", match.allow}});
      return false;
    case Router::Match::Kind::unknown_path:
      if (!core.not_found.pool) {
        refuse(404, "there is nothing at this path");
        return false;
      }
      route_ = &core.not_found;
      break;
  }
  body_limit_ = route_->body_limit_bytes > 0 ? route_->body_limit_bytes : options().default_body_limit_bytes;
  return true;
}

// Takes the body on, or answers 413 / 503 without reading it.
bool Connection::accept_body() {
  Core& core = loop_->core();
  const auto busy = [&] {
    core.refused_busy.fetch_add(1, std::memory_order_relaxed);
    refuse(503, "too many large requests at once", {{"Retry-After", "5"}});
    return false;
  };
  if (body_total_ > body_limit_) {
    refuse(413, "the body is larger than the " + limit_text(body_limit_) + " that this route takes");
    return false;
  }
  if (!reservation_.cover(core.budget, body_total_)) return busy();
  body_started_ = head_read_at_;
  if (parser_.chunked()) {
    phase_ = Phase::chunked;
    parser_.begin_chunked(body_limit_, [this](std::size_t size) {
      if (reservation_.cover(loop_->core().budget, size, kBodyStep)) return true;
      loop_->core().refused_busy.fetch_add(1, std::memory_order_relaxed);
      return false;
    });
    return true;
  }
  phase_ = Phase::body;
  request_.body.reserve(body_total_ + kBodyPadding);
  return true;
}

bool Connection::step_body() {
  std::string& body = request_.body;
  const std::size_t buffered = std::min(end_ - begin_, body_total_ - body_bytes_);
  if (buffered > 0) {
    body.resize(body_bytes_);
    body.append(buffer_.get() + begin_, buffered);
    begin_ += buffered;
    body_bytes_ += buffered;
  }
  if (body_bytes_ == body_total_) {
    body_unread_ = false;
    dispatch();
    return true;
  }
  if (reading_) return false;
  if (body_bytes_ == buffered) arm(std::min(body_grace(), options().body_timeout));  // the first wait
  const std::size_t want = std::min(body_total_ - body_bytes_, kBodyStep);
  if (body.size() < body_bytes_ + want) grow_uninitialised(body, body_bytes_ + want);
  read_to(body.data() + body_bytes_, want);
  return false;
}

bool Connection::step_chunked() {
  const RequestParser::Step step = parser_.feed({buffer_.get() + begin_, end_ - begin_});
  const bool first_wait = body_bytes_ == 0;
  begin_ += step.consumed;
  body_bytes_ += step.consumed;
  switch (step.state) {
    case RequestParser::State::failed:
      if (parser_.error_status() == 503) {
        refuse(503, parser_.error_detail(), {{"Retry-After", "5"}});
      } else {
        refuse(parser_.error_status(), parser_.error_detail());
      }
      return true;
    case RequestParser::State::complete:
      body_unread_ = false;
      dispatch();
      return true;
    case RequestParser::State::head_done:
    case RequestParser::State::need_more:
      break;
  }
  if (reading_) return false;
  if (first_wait) arm(std::min(options().body_rate_grace, options().body_timeout));
  if (!make_room()) {
    refuse(400, "a chunk's head or the trailers are too large");
    return true;
  }
  read_more();
  return false;
}

// A large body holds a share of everybody's budget from its announcement on: it has to come at twice the pace that
// would just do, and soon.
bool Connection::is_large_body() { return body_total_ > kLargeBody; }

Millis Connection::body_grace() {
  return is_large_body() ? std::min(options().body_rate_grace, kLargeBodyGrace) : options().body_rate_grace;
}

double Connection::least_body_rate() {
  const auto least = static_cast<double>(options().min_body_rate_bytes_s);
  if (!is_large_body()) return least;
  const double seconds = std::chrono::duration<double>(options().body_timeout).count();
  return std::max(least, 2.0 * static_cast<double>(body_total_) / seconds);
}

void Connection::check_body_rate() {
  const Steady now = std::chrono::steady_clock::now();
  const auto elapsed = std::chrono::duration_cast<Millis>(now - body_started_);
  if (elapsed >= options().body_timeout) return refuse(408, "the request's body took too long");
  const auto rate = static_cast<double>(body_bytes_) / (static_cast<double>(elapsed.count()) / 1000.0);
  if (elapsed >= body_grace() && rate < least_body_rate()) {
    return refuse(408, "the request's body came too slowly");
  }
  loop_->wheel().arm(*this, std::min(now + Seconds{1}, body_started_ + options().body_timeout));
}

// Space behind end_ for the next read; false when the head has used up all it may.
bool Connection::make_room() {
  if (buffer_ == nullptr) {
    buffer_ = std::make_unique_for_overwrite<char[]>(kBufferBytes);
    capacity_ = kBufferBytes;
  }
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < capacity_) return true;
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    return true;
  }
  const std::size_t most = std::max(kBufferBytes, options().max_header_bytes);
  if (capacity_ >= most) return false;
  const std::size_t capacity = std::min(most, capacity_ * 2);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(larger.get(), buffer_.get(), end_);
  buffer_ = std::move(larger);
  capacity_ = capacity;
  return true;
}

void Connection::read_more() {
  if (!reading_) read_to(buffer_.get() + end_, capacity_ - end_);
}

void Connection::read_to(char* to, std::size_t size) {
  reading_ = true;
  socket_.async_read_some(
      asio::buffer(to, size),
      [self = shared_from_this()](const error_code& error, std::size_t bytes) { self->on_read(error, bytes); });
}

void Connection::on_read(const error_code& error, std::size_t bytes) {
  reading_ = false;
  if (phase_ == Phase::closed) return;
  if (error) return close();
  switch (phase_) {
    case Phase::idle:
    case Phase::head:
    case Phase::chunked:
      end_ += bytes;
      break;
    case Phase::body:
      body_bytes_ += bytes;
      break;
    case Phase::streaming:
      return read_to(loop_->scratch(), Loop::kScratchBytes);  // a stream's client says nothing
    case Phase::lingering: {
      const Steady now = std::chrono::steady_clock::now();
      loop_->wheel().arm(*this, std::min(now + kLingerSilence, linger_until_));
      return read_to(loop_->scratch(), Loop::kScratchBytes);
    }
    case Phase::handling:
    case Phase::writing:
    case Phase::closed:
      return;  // the rest of a request that is being refused
  }
  pump();
}

void Connection::wait_writable() {
  if (waiting_writable_) return;
  waiting_writable_ = true;
  // Progress earns more time, but not without end: a client may not trickle for ever.
  const Steady now = std::chrono::steady_clock::now();
  if (phase_ != Phase::streaming && write_limit_ == TimingWheel::kNever) {
    const std::size_t left = pending_[0].size() + pending_[1].size();
    write_limit_ =
        now + options().write_timeout + Seconds{left / std::max<std::size_t>(options().min_body_rate_bytes_s, 1)};
  }
  const Steady stalled = now + options().write_timeout;
  loop_->wheel().arm(*this, phase_ == Phase::streaming ? stalled : std::min(stalled, write_limit_));
  socket_.async_wait(StreamSocket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->waiting_writable_ = false;
    if (error || self->phase_ == Phase::closed) return self->close();
    if (self->phase_ == Phase::streaming) return self->step_stream();
    self->pump();
  });
}

}  // namespace fm::net
