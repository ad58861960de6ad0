// Which route a path belongs to: a tree of segments; a literal wins over {name}, {name} over *.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fm::net {

// Built once, then read by any number of threads.
class Router {
 public:
  Router();
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Pattern: "/api/v1/events/{id}", "/assets/*" (any rest, even none; only at the end). Error: Code::invalid for a
  // pattern of another shape, Code::conflict when the same method and pattern are there already.
  Result<void> add(std::string_view method, std::string_view pattern, std::size_t route);

  struct Match {
    enum class Kind { found, unknown_path, wrong_method } kind = Kind::unknown_path;
    std::size_t route = 0;
    // Decoded, in the order of the pattern; the views are the names in the pattern ("*" for the rest).
    std::vector<std::pair<std::string_view, std::string>> values;
    std::string allow;  // wrong_method: "GET, HEAD, POST"
  };
  // path as sent, without the query, its percent-encoding known to be valid: segments are split before decoding, so
  // that %2F stays inside its segment. The path decides alone; then the method is looked up (HEAD falls back on GET).
  Match match(std::string_view method, std::string_view path) const;

 private:
  struct Node;
  static const Node* find(const Node& node, std::string_view rest, std::vector<std::string>& values);
  std::unique_ptr<Node> root_;
};

}  // namespace fm::net
