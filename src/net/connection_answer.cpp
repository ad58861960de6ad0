// The second half of a connection's life: handing the request to its route, writing the answer, streaming events.
#include <algorithm>
#include <cerrno>
#include <exception>

#include <sys/socket.h>

#include "base/text.h"
#include "net/connection.h"
#include "net/response_head.h"
#include "telemetry/log.h"

namespace fm::net {
namespace {

using boost::system::error_code;

constexpr std::size_t kStreamBehind = 256 * 1024;
constexpr Millis kLingerTotal{10'000};

std::string_view known_method(std::string_view method) {
  for (const std::string_view known :
       {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}) {
    if (method == known) return known;
  }
  return "OTHER";
}

}  // namespace

void Connection::dispatch() {
  phase_ = Phase::handling;
  loop_->wheel().arm(*this, TimingWheel::kNever);
  auto responder = std::make_shared<Responder::Impl>(
      Responder::Impl{loop_, weak_from_this(), loop_->shared_core(), std::move(reservation_)});
  if (route_->kind != Route::Kind::edge) {
    return submit_to_pool(loop_->shared_core(), *route_, std::move(request_), std::move(responder));
  }
  try {
    route_->edge(std::move(request_), Responder(std::move(responder)));
  } catch (const std::exception& exception) {
    // The responder was destroyed on the way here and has answered 500.
    telemetry::error("a request handler threw", {{"route", route_->pattern}, {"what", std::string(exception.what())}});
  }
}

void Connection::answer(Response&& response) {
  if (phase_ != Phase::handling) return;
  answer_ = std::move(response);
  pump();
}

bool Connection::step_answer() {
  if (!answer_) return false;
  Response response = *std::move(answer_);
  answer_.reset();
  begin_write(std::move(response), After::next_request);
  return true;
}

void Connection::refuse(int status, std::string_view detail, std::vector<Header> headers) {
  Response response = loop_->core().error(status, detail);
  for (Header& header : headers) response.headers.push_back(std::move(header));
  reservation_.release();
  request_.body = std::string();
  if (!head_known_) {
    head_read_at_ = std::chrono::steady_clock::now();
    head_request_ = false;
    remember_request();
  }
  if (!head_known_ || body_unread_) keep_alive_ = false;
  begin_write(std::move(response), After::next_request);
}

void Connection::begin_write(Response&& response, After after) {
  Core& core = loop_->core();
  if (core.filter) core.filter(seen_, response);
  for (const auto& [name, value] : response.headers) {
    if (iequals(name, "connection") && iequals(value, "close")) keep_alive_ = false;
  }
  if (loop_->draining()) keep_alive_ = false;

  const std::size_t size = response.body.empty() ? response.static_body.size() : response.body.size();
  const bool bodiless = is_bodiless(response.status);
  HeadFacts facts{.date = loop_->date(), .http10 = http10_, .keep_alive = keep_alive_, .content_length = {}};
  if (!bodiless) facts.content_length = size;
  head_.clear();
  append_head(head_, response, facts);
  body_ = std::move(response.body);
  pending_ = {head_, body_.empty() ? response.static_body : std::string_view(body_)};
  if (bodiless || head_request_) pending_[1] = {};

  status_ = response.status;
  after_ = keep_alive_ ? after : After::linger;
  phase_ = Phase::writing;
  write_limit_ = TimingWheel::kNever;
}

bool Connection::send_pending() {
  while (!pending_[0].empty() || !pending_[1].empty()) {
    std::array<iovec, 2> pieces{};
    std::size_t count = 0;
    for (const std::string_view piece : pending_) {
      if (!piece.empty()) pieces[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        wait_writable();
      } else {
        close();
      }
      return false;
    }
    std::size_t left = static_cast<std::size_t>(sent);
    for (std::string_view& piece : pending_) {
      const std::size_t part = std::min(left, piece.size());
      piece.remove_prefix(part);
      left -= part;
    }
  }
  return true;
}

bool Connection::step_write() {
  if (waiting_writable_ || !send_pending()) return false;
  if (after_ == After::read_body) {
    phase_ = parser_.chunked() ? Phase::chunked : Phase::body;
    return true;
  }
  finish_request();
  if (after_ == After::linger) {
    linger();
    return false;
  }
  next_request();
  return true;
}

void Connection::finish_request() {
  if (body_.capacity() > kBufferBytes) body_ = std::string();
  const RequestObserver& observer = loop_->core().observer;
  if (!observer) return;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - head_read_at_;
  observer(route_ != nullptr ? std::string_view(route_->pattern) : "unmatched", known_method(seen_.method), status_,
           took.count());
}

// Says that nothing more comes, and reads on for a while: closing with unread bytes would reset the connection, and
// the client might never see the answer.
void Connection::linger() {
  phase_ = Phase::lingering;
  error_code ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  const Steady now = std::chrono::steady_clock::now();
  linger_until_ = now + kLingerTotal;
  loop_->wheel().arm(*this, now + (loop_->draining() ? kLingerStopping : kLingerSilence));
  if (!reading_) read_to(loop_->scratch(), Loop::kScratchBytes);
}

// --- server-sent events -------------------------------------------------------------------------------------------

void Connection::open_stream(std::shared_ptr<EventHub::Impl> hub) {
  if (phase_ != Phase::handling) return;
  if (loop_->draining()) return answer(loop_->core().error(503, "the server is stopping"));
  Response response{
      .status = 200,
      .headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
      .body = {},
      .static_body = {}};
  if (loop_->core().filter) loop_->core().filter(seen_, response);
  keep_alive_ = false;  // the stream ends with the connection
  std::string head;
  append_head(head, response, {.date = loop_->date(), .http10 = http10_, .keep_alive = false, .content_length = {}});
  status_ = 200;
  phase_ = Phase::streaming;
  buffer_.reset();
  capacity_ = begin_ = end_ = 0;
  read_to(loop_->scratch(), Loop::kScratchBytes);  // notices when the client goes
  hub_ = std::move(hub);
  hub_->add(loop_, shared_from_this());
  finish_request();
  push(std::make_shared<const std::string>(std::move(head)));
}

void Connection::push(std::shared_ptr<const std::string> frame) {
  if (phase_ != Phase::streaming) return;
  if (frame_bytes_ + frame->size() > kStreamBehind && !frames_.empty()) return close();
  frame_bytes_ += frame->size();
  frames_.push_back(std::move(frame));
  step_stream();
}

void Connection::step_stream() {
  if (waiting_writable_) return;
  while (!frames_.empty()) {
    const std::string& frame = *frames_.front();
    pending_ = {std::string_view(frame).substr(frame_offset_), {}};
    const bool all = send_pending();
    if (phase_ == Phase::closed) return;
    frame_offset_ = frame.size() - pending_[0].size();
    if (!all) return;
    frame_bytes_ -= frame.size();
    frame_offset_ = 0;
    frames_.pop_front();
  }
  arm(options().stream_heartbeat);
}

void Connection::end_stream() {
  if (phase_ != Phase::streaming) return;
  if (hub_) std::exchange(hub_, nullptr)->remove(this);
  frames_.clear();
  linger();
}

}  // namespace fm::net
