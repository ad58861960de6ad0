// The trace id of a request (W3C Trace Context, section 3.2).
#pragma once

#include <string>
#include <string_view>

namespace fm::net {

// 32 lower-case hexadecimal digits: the caller's when its traceparent header is valid, else new ones.
std::string trace_id_from(std::string_view traceparent);

}  // namespace fm::net
