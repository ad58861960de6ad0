#include "net/request_parser.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "base/text.h"

namespace fm::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using View = boost::beast::string_view;  // not std's in every Boost

std::string_view std_view(View view) { return {view.data(), view.size()}; }

constexpr std::size_t kMaxFields = 128;
// The shortest end of a chunked body is "0\r\n\r\n". Beast 1.81 asserts that it sees no less of a final chunk, so it
// is asked only when that much is there; no body ever ends with less to come.
constexpr std::size_t kShortestChunkedRest = 5;

class Parser final : public http::basic_parser<true> {
 public:
  Parser(Request& request, std::size_t max_header_bytes) : request_(request), max_header_bytes_(max_header_bytes) {
    header_limit(static_cast<std::uint32_t>(max_header_bytes));
    body_limit(boost::none);
  }

  bool head_done = false;
  bool saw_head = false;
  bool http10 = false;
  int status = 0;
  std::string_view detail;
  std::uint64_t body_limit_bytes = 0;
  std::function<bool(std::size_t)> grow;

  void refuse(int with, std::string_view why, error_code& ec) {
    status = with;
    detail = why;
    ec = http::error::bad_field;
  }

 private:
  void on_request_impl(http::verb, View method, View target, int version, error_code& ec) override {
    http10 = version == 10;
    request_.method = std_view(method);
    request_.target = std_view(target);
    head_bytes_ += method.size() + target.size() + 12;
    if (head_bytes_ > max_header_bytes_) return refuse(431, "the request line is too long", ec);
    split_target(ec);
  }

  // RFC 9112 section 3.2: origin form, absolute form, "*".
  void split_target(error_code& ec) {
    std::string_view path = request_.target;
    if (const std::size_t scheme = path.find("://"); !path.starts_with('/') && scheme != std::string_view::npos) {
      path.remove_prefix(scheme + 3);
      const std::size_t slash = path.find_first_of("/?");
      path = slash == std::string_view::npos ? std::string_view("/") : path.substr(slash);
    }
    path = path.substr(0, path.find('#'));
    const std::size_t question = path.find('?');
    if (question != std::string_view::npos) request_.query = path.substr(question + 1);
    path = path.substr(0, question);
    if (path.empty()) path = "/";
    if (path.find('%') == std::string_view::npos) {
      request_.path = path;
      return;
    }
    auto decoded = url_decode(path);
    if (!decoded || decoded->find('\0') != std::string::npos) {
      return refuse(400, "the path holds a bad percent-encoding", ec);
    }
    request_.path = *std::move(decoded);
  }

  void on_field_impl(http::field field, View name_view, View value_view, error_code& ec) override {
    const std::string_view name = std_view(name_view);
    const std::string_view value = std_view(value_view);
    head_bytes_ += name.size() + value.size() + 4;
    if (head_bytes_ > max_header_bytes_ || request_.headers.size() >= kMaxFields) {
      return refuse(431, "the request's headers are too large", ec);
    }
    if (head_done) return;  // a trailer: never mixed into the headers that were acted upon
    if (field == http::field::host && ++hosts_ > 1) return refuse(400, "more than one Host header", ec);
    if (field == http::field::content_length && ++lengths_ > 1) return refuse(400, "more than one Content-Length", ec);
    if (field == http::field::content_length && value.find(',') != std::string_view::npos) {
      return refuse(400, "more than one Content-Length", ec);
    }
    if (field == http::field::transfer_encoding) {
      if (++codings_ > 1) return refuse(400, "more than one Transfer-Encoding", ec);
      if (http10) return refuse(400, "Transfer-Encoding in an HTTP/1.0 request", ec);
      if (!iequals(value, "chunked")) return refuse(501, "only the chunked transfer coding is understood", ec);
    }
    request_.headers.emplace_back(name, value);
  }

  void on_header_impl(error_code& ec) override {
    if (hosts_ == 0 && !http10) return refuse(400, "the Host header is missing", ec);
    head_done = true;
  }

  void on_chunk_header_impl(std::uint64_t size, View, error_code& ec) override {
    if (size > body_limit_bytes || request_.body.size() > body_limit_bytes - size) {
      refuse(413, "the body is larger than this route takes", ec);
    }
  }

  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, error_code& ec) override {
    if (grow && !grow(request_.body.size() + bytes.size())) {
      refuse(503, "too many large requests at once", ec);
      return 0;
    }
    request_.body.append(std_view(bytes));
    return bytes.size();
  }

  // Never reached: a Content-Length body is copied by the connection.
  std::size_t on_body_impl(View bytes, error_code&) override { return bytes.size(); }
  void on_response_impl(int, View, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  Request& request_;
  const std::size_t max_header_bytes_;
  std::size_t head_bytes_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
  int codings_ = 0;
};

}  // namespace

struct RequestParser::Impl {
  std::size_t max_header_bytes;
  std::optional<Parser> parser;  // Beast's parsers serve one message

  Step failed(const error_code& ec) {
    if (parser->status == 0) {
      parser->status = ec == http::error::header_limit ? 431 : ec == http::error::bad_version ? 505 : 400;
      parser->detail = parser->status == 431   ? "the request's headers are too large"
                       : parser->status == 505 ? "only HTTP/1.0 and HTTP/1.1 are spoken here"
                                               : "the request is not well-formed HTTP";
    }
    return {0, State::failed};
  }
};

RequestParser::RequestParser(std::size_t max_header_bytes)
    : impl_(std::make_unique<Impl>(Impl{max_header_bytes, std::nullopt})) {}
RequestParser::~RequestParser() = default;

void RequestParser::start(Request& request) { impl_->parser.emplace(request, impl_->max_header_bytes); }

RequestParser::Step RequestParser::feed(std::string_view bytes) {
  Parser& parser = *impl_->parser;
  if (parser.saw_head) {
    if (parser.is_done()) return {0, State::complete};
  }
  std::size_t consumed = 0;
  // An empty line before the request line is forgiven (RFC 9112 section 2.2).
  while (!parser.got_some() && consumed < bytes.size() && (bytes[consumed] == '\r' || bytes[consumed] == '\n'))
    ++consumed;

  for (;;) {
    const std::string_view left = bytes.substr(consumed);
    if (left.empty() || (parser.saw_head && left.size() < kShortestChunkedRest)) return {consumed, State::need_more};
    error_code ec;
    const std::size_t taken = parser.put(boost::asio::const_buffer(left.data(), left.size()), ec);
    consumed += taken;
    if (ec && ec != http::error::need_more) return impl_->failed(ec);
    if (!parser.saw_head) {
      if (!parser.head_done) {
        if (ec) return {consumed, State::need_more};
        continue;
      }
      parser.saw_head = true;
      return {consumed, State::head_done};
    }
    if (parser.is_done()) return {consumed, State::complete};
    if (ec) return {consumed, State::need_more};
  }
}

bool RequestParser::keep_alive() const { return impl_->parser->keep_alive(); }
bool RequestParser::http10() const { return impl_->parser->http10; }
bool RequestParser::chunked() const { return impl_->parser->chunked(); }
std::uint64_t RequestParser::content_length() const { return impl_->parser->content_length().value_or(0); }

void RequestParser::begin_chunked(std::uint64_t limit, std::function<bool(std::size_t)> grow) {
  impl_->parser->body_limit_bytes = limit;
  impl_->parser->grow = std::move(grow);
}

int RequestParser::error_status() const { return impl_->parser->status; }
std::string_view RequestParser::error_detail() const { return impl_->parser->detail; }

}  // namespace fm::net
