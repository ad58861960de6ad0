// One client connection: reads a request, hands it to its route, writes the answer, goes on with the next.
// Called by Loop (accept, deadlines) and by Responder / EventHub; hands to the routes' handlers.
// connection.cpp reads requests; connection_answer.cpp hands them on and writes answers and streams.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/loop.h"
#include "net/request_parser.h"

namespace fm::net {

// The loop's thread only.
class Connection final : public ConnectionPort,
                         public TimingWheel::Node,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Loop> loop, StreamSocket socket, std::string remote);
  ~Connection() override;

  void start();
  void refuse_busy();  // instead of start(): 503 and close
  void drain();        // closes it now if nobody waits for an answer
  void close();
  void on_deadline();

  // ConnectionPort
  void answer(Response&& response) override;
  void open_stream(std::shared_ptr<EventHub::Impl> hub) override;
  void push(std::shared_ptr<const std::string> frame) override;
  void end_stream() override;

 private:
  // idle -> head -> (body | chunked) -> handling -> writing -> idle …, or -> streaming, or -> lingering -> closed.
  enum class Phase { idle, head, body, chunked, handling, writing, streaming, lingering, closed };
  enum class After { next_request, read_body, linger };

  // Each takes one step in its phase; false when it must wait for the network or for an answer.
  void pump();
  bool step_head();
  bool step_body();
  bool step_chunked();
  bool step_answer();
  bool step_write();

  void on_head();
  void remember_request();
  bool find_route();
  bool accept_body();
  void dispatch();
  // Answers an error of the server's own; the rest of the request is not read.
  void refuse(int status, std::string_view detail, std::vector<Header> headers = {});
  void begin_write(Response&& response, After after);
  void finish_request();
  void next_request();
  void linger();
  void step_stream();

  void read_more();
  void read_to(char* to, std::size_t size);
  void on_read(const boost::system::error_code& error, std::size_t bytes);
  void wait_writable();
  // Sends from the front of the pieces; true when all is sent, false when the socket is full or closed.
  bool send_pending();
  bool make_room();
  void arm(Millis from_now) { loop_->wheel().arm(*this, std::chrono::steady_clock::now() + from_now); }
  void check_body_rate();
  bool is_large_body();
  Millis body_grace();
  double least_body_rate();
  const ServerOptions& options() { return loop_->core().options; }

  static constexpr std::size_t kBufferBytes = 8 * 1024;
  static constexpr Millis kLingerSilence{2'000};
  static constexpr Millis kLingerStopping{100};

  const std::shared_ptr<Loop> loop_;
  StreamSocket socket_;
  const std::string remote_;
  Phase phase_ = Phase::idle;
  bool pumping_ = false;
  bool reading_ = false;
  bool waiting_writable_ = false;

  // Bytes read and not yet consumed: buffer_[begin_, end_).
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  // The request being read or handled.
  RequestParser parser_;
  Request request_;
  Request seen_;  // what filter and observer see of it: no headers, no body
  const Route* route_ = nullptr;
  bool head_known_ = false;  // the head was read; before that, the framing of what follows is not known
  bool head_request_ = false;
  bool http10_ = false;
  bool keep_alive_ = true;
  bool body_unread_ = false;
  std::size_t body_limit_ = 0;
  std::size_t body_bytes_ = 0;  // of the body, received
  std::size_t body_total_ = 0;  // Content-Length
  BodyReservation reservation_;
  Steady head_read_at_;
  Steady body_started_;
  std::optional<Response> answer_;

  // The response being written.
  std::string head_;
  std::string body_;
  std::array<std::string_view, 2> pending_;
  After after_ = After::next_request;
  int status_ = 0;
  Steady write_limit_;
  Steady linger_until_;

  // The stream.
  std::shared_ptr<EventHub::Impl> hub_;
  std::deque<std::shared_ptr<const std::string>> frames_;
  std::size_t frame_offset_ = 0;  // sent of the first frame
  std::size_t frame_bytes_ = 0;   // queued in all
};

}  // namespace fm::net
