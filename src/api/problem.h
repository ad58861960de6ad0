// Errors as the outside sees them: RFC 9457 application/problem+json. The one place that maps codes to HTTP.
#pragma once

#include <string_view>

#include "base/context.h"
#include "base/result.h"
#include "net/http.h"

namespace fm::api {

int http_status(Code code);
// {type, title, status, detail, code, remedy, trace_id}; Retry-After when the error says when. Messages are cleaned to
// valid UTF-8; causes below are for the log, not for the outside.
net::Response problem(const Error& error, std::string_view trace_id);
// For what the server itself refuses (no route, body too large, busy).
net::Response problem_of_status(int status, std::string_view detail, std::string_view trace_id);

}  // namespace fm::api
