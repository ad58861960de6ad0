// Reads one HTTP/1.x request after the other into a Request: Beast's parser underneath, our limits and refusals on top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace fm::net {

// Not thread-safe; one per connection, used again for each request.
//
// Refuses, beyond what the grammar of RFC 9112 forbids: both Content-Length and Transfer-Encoding, more than one of
// either (400), another transfer coding than chunked (501), Transfer-Encoding in HTTP/1.0 (400), no Host or several
// (400), a version other than 1.0 and 1.1 (505), more than 128 fields or max_header_bytes of head (431).
// Trailers are read and dropped.
class RequestParser {
 public:
  explicit RequestParser(std::size_t max_header_bytes);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Begins a request; method, target, path, query and headers go there, of a chunked body also body.
  void start(Request& request);

  enum class State { need_more, head_done, complete, failed };
  struct Step {
    std::size_t consumed = 0;
    State state = State::need_more;
  };
  // Takes what it can from the front of bytes; what was not consumed must be given again, with more behind it.
  // head_done once; after it only a chunked body may be fed (a Content-Length body is the caller's to copy).
  Step feed(std::string_view bytes);

  // After head_done.
  bool keep_alive() const;
  bool http10() const;
  bool chunked() const;
  std::uint64_t content_length() const;  // 0 when none was sent
  // Chunked bodies: the limit (413), and who must agree before the body grows to a size (503 when he does not).
  void begin_chunked(std::uint64_t limit, std::function<bool(std::size_t size)> grow);

  // After failed: what to answer.
  int error_status() const;
  std::string_view error_detail() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fm::net
