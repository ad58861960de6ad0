#include "api/problem.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace fm::api {
namespace {

std::string_view title_of(Code code) {
  switch (code) {
    case Code::invalid:
      return "The request is not valid";
    case Code::unauthorised:
      return "Not signed in";
    case Code::forbidden:
      return "Not allowed";
    case Code::not_found:
      return "Not found";
    case Code::conflict:
      return "Not in this state";
    case Code::too_large:
      return "Too large";
    case Code::limited:
      return "Too many requests";
    case Code::timeout:
      return "Took too long";
    case Code::cancelled:
      return "Stopped";
    case Code::unavailable:
      return "Not available now";
    case Code::internal:
      return "A fault in firstmate";
  }
  return "A fault in firstmate";
}

Code code_of(int status) {
  switch (status) {
    case 401:
      return Code::unauthorised;
    case 403:
      return Code::forbidden;
    case 404:
      return Code::not_found;
    case 408:
      return Code::timeout;
    case 409:
      return Code::conflict;
    case 413:
    case 431:
      return Code::too_large;
    case 429:
      return Code::limited;
    case 503:
      return Code::unavailable;
    default:
      return status < 500 ? Code::invalid : Code::internal;
  }
}

net::Response render(int status, Code code, std::string_view detail, std::string_view remedy,
                     std::string_view trace_id) {
  const json::value body = {{"type", fmt::format("urn:firstmate:problem:{}", to_string(code))},
                            {"title", title_of(code)},
                            {"status", status},
                            {"detail", clean_utf8(detail)},
                            {"code", to_string(code)},
                            {"remedy", clean_utf8(remedy)},
                            {"trace_id", trace_id}};
  net::Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/problem+json");
  response.body = to_json(body);
  return response;
}

}  // namespace

int http_status(Code code) {
  switch (code) {
    case Code::invalid:
      return 400;
    case Code::unauthorised:
      return 401;
    case Code::forbidden:
      return 403;
    case Code::not_found:
      return 404;
    case Code::conflict:
      return 409;
    case Code::too_large:
      return 413;
    case Code::limited:
      return 429;
    case Code::timeout:
      return 504;
    case Code::cancelled:
      return 503;
    case Code::unavailable:
      return 503;
    case Code::internal:
      return 500;
  }
  return 500;
}

net::Response problem(const Error& error, std::string_view trace_id) {
  net::Response response = render(http_status(error.code), error.code, error.message, error.remedy, trace_id);
  if (error.retry_after || response.status == 503) {
    const auto seconds = error.retry_after ? (error.retry_after->count() + 999) / 1000 : 1;
    response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(1, seconds)));
  }
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

net::Response problem_of_status(int status, std::string_view detail, std::string_view trace_id) {
  const std::string_view remedy = status == 404   ? "GET /api/v1/openapi.json lists what there is."
                                  : status == 413 ? "Send less; the limit is in the detail."
                                  : status == 503 ? "Send it again after the seconds in Retry-After."
                                                  : "";
  return render(status, code_of(status), detail, remedy, trace_id);
}

}  // namespace fm::api
