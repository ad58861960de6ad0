// The request parser, router, percent-decoding and trace ids on any bytes. The first byte chooses how the rest is cut
// into reads; what is understood must not depend on the cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "net/address.h"
#include "net/request_parser.h"
#include "net/router.h"
#include "net/trace_id.h"

namespace {

using fm::net::Request;
using fm::net::RequestParser;
using State = RequestParser::State;

constexpr std::size_t kMaxHead = 4096;
constexpr std::uint64_t kBodyLimit = 10'000;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  Request request;
  State state = State::need_more;
  bool chunked = false;
  std::uint64_t length = 0;
};

Outcome parse(std::string_view bytes, std::size_t piece) {
  Outcome out;
  RequestParser parser(kMaxHead);
  parser.start(out.request);
  std::string pending;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, piece);
    pending += part;
    bytes.remove_prefix(part.size());
    for (;;) {
      const auto step = parser.feed(pending);
      require(step.consumed <= pending.size());
      pending.erase(0, step.consumed);
      out.state = step.state;
      if (step.state != State::head_done) break;
      out.chunked = parser.chunked();
      out.length = parser.content_length();
      if (!out.chunked) return out;
      parser.begin_chunked(kBodyLimit, {});
    }
    if (out.state == State::failed) {
      require(parser.error_status() >= 400 && parser.error_status() <= 505 && !parser.error_detail().empty());
    }
    if (out.state != State::need_more) return out;
  }
  return out;
}

const fm::net::Router& router() {
  static const auto* built = [] {
    auto* made = new fm::net::Router;
    std::size_t id = 0;
    for (const char* pattern :
         {"/", "/api/v1/events", "/api/v1/events/{id}", "/api/{version}/events/stats", "/assets/*", "/*"}) {
      require(made->add("GET", pattern, id++).has_value());
    }
    return made;
  }();
  return *built;
}

void check_understood(const Outcome& out) {
  const Request& request = out.request;
  require(request.body.size() <= kBodyLimit);
  require(!out.chunked || out.length == 0);
  std::size_t head = request.method.size() + request.target.size();
  int lengths = 0;
  for (const auto& [name, value] : request.headers) {
    require(!name.empty());
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    head += name.size() + value.size();
    if (fm::iequals(name, "content-length")) ++lengths;
  }
  require(head <= kMaxHead);
  require(lengths <= 1);
  std::string_view path = request.target;
  path = path.substr(0, path.find_first_of("?#"));
  const auto match = router().match(request.method, path);
  if (path.starts_with('/')) require(match.kind != fm::net::Router::Match::Kind::unknown_path);
  (void)request.query_value("limit");
  (void)request.cookie("session");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = parse(bytes, bytes.size() + 1);
  const Outcome cut = parse(bytes, 1 + data[0] % 32);
  // Read in pieces, a request that is refused may be refused later (or wait for more), but is never understood
  // differently.
  const auto understood = [](const Outcome& out) {
    return out.state == State::head_done || out.state == State::complete;
  };
  if (understood(whole)) check_understood(whole);
  require(understood(whole) == understood(cut));
  if (understood(whole)) {
    require(whole.request.headers == cut.request.headers);
    require(whole.request.target == cut.request.target && whole.request.path == cut.request.path);
    require(whole.request.body == cut.request.body && whole.length == cut.length && whole.chunked == cut.chunked);
  }

  const std::string encoded = fm::net::url_encode(bytes);
  require(fm::net::url_decode(encoded) == std::string(bytes));
  (void)fm::net::url_decode(bytes);
  require(fm::net::trace_id_from(bytes).size() == 32);
  if (const auto origin = fm::net::parse_origin(bytes)) {
    // What is compared is what is written: an origin's own text means the same origin.
    const auto again = fm::net::parse_origin(origin->text());
    require(again && *again == *origin);
  }
  return 0;
}
