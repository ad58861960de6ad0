// How anything that may fail says so: Result<T> holds a value or an Error; it cannot be ignored unseen.
//
//   Result<Config> load(...) {
//     TRY(auto text, read_file(path));          // returns the error to the caller
//     if (text.empty()) return fail(Code::invalid, "the file is empty; write at least `listen:`");
//     return parse(text);
//   }
//
// Exceptions are caught where a library throws them; none of our functions lets one out.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace fm {

// What went wrong, by what the caller may do about it. api/problem.cpp maps codes to HTTP.
enum class Code {
  invalid,       // the input is wrong; the same input will fail again
  unauthorised,  // nobody is signed in, or the signature is wrong
  forbidden,     // signed in, but not allowed
  not_found,     // no such thing
  conflict,      // the thing is in another state than asked for
  too_large,     // over a stated limit
  limited,       // a rate limit; retry_after may say when
  timeout,       // the deadline passed; the effect is unknown
  cancelled,     // the caller stopped it
  unavailable,   // a service or disk does not work now; worth a retry
  internal,      // a fault of ours
};

std::string_view to_string(Code code);

struct Error {
  Code code = Code::internal;
  std::string message;                 // what a person reads; never holds a secret
  std::string remedy;                  // what to do about it; may be empty
  std::shared_ptr<const Error> cause;  // what was known below
  std::optional<std::chrono::milliseconds> retry_after;

  // "message: cause: cause of the cause"
  std::string full() const;
};

inline std::unexpected<Error> fail(Code code, std::string message, std::string remedy = {}) {
  return std::unexpected<Error>(Error{code, std::move(message), std::move(remedy), nullptr, std::nullopt});
}

// Adds what this level knows ("read job 41") and keeps the code, remedy and cause.
Error with_context(Error cause, std::string message);
inline std::unexpected<Error> fail(Error cause, std::string message) {
  return std::unexpected<Error>(with_context(std::move(cause), std::move(message)));
}

template <class T>
struct [[nodiscard]] Result : std::expected<T, Error> {
  using std::expected<T, Error>::expected;
};

template <>
struct [[nodiscard]] Result<void> : std::expected<void, Error> {
  using std::expected<void, Error>::expected;
};

#define FM_CONCAT_(a, b) a##b
#define FM_CONCAT(a, b) FM_CONCAT_(a, b)
#define FM_TRY_(tmp, declaration, ...)                                   \
  auto tmp = (__VA_ARGS__);                                              \
  if (!tmp) return std::unexpected<::fm::Error>(std::move(tmp).error()); \
  declaration = *std::move(tmp)
// TRY(auto x, f()): x is f's value, or the function returns f's error.
#define TRY(declaration, ...) FM_TRY_(FM_CONCAT(try_, __COUNTER__), declaration, __VA_ARGS__)
#define FM_TRY_VOID_(tmp, ...)                                                                       \
  do {                                                                                               \
    if (auto tmp = (__VA_ARGS__); !tmp) return std::unexpected<::fm::Error>(std::move(tmp).error()); \
  } while (false)
// TRY_VOID(f()): the function returns f's error if it failed.
#define TRY_VOID(...) FM_TRY_VOID_(FM_CONCAT(try_void_, __COUNTER__), __VA_ARGS__)

}  // namespace fm
