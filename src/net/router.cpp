#include "net/router.h"

#include "net/http.h"

namespace fm::net {
namespace {

std::string decoded(std::string_view segment) { return url_decode(segment).value_or(std::string(segment)); }

// Takes the first segment off; done when there was no further '/'.
std::string_view take_segment(std::string_view& rest, bool& done) {
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  done = slash == std::string_view::npos;
  rest.remove_prefix(done ? rest.size() : slash + 1);
  return segment;
}

}  // namespace

struct Router::Node {
  struct Method {
    std::string name;
    std::size_t route;
    std::vector<std::string> value_names;
  };
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> named;
  std::unique_ptr<Node> rest;
  std::vector<Method> methods;

  Node& literal(std::string_view text) {
    for (auto& [key, node] : literals) {
      if (key == text) return *node;
    }
    return *literals.emplace_back(text, std::make_unique<Node>()).second;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

Result<void> Router::add(std::string_view method, std::string_view pattern, std::size_t route) {
  const auto bad = [&] { return fail(Code::invalid, "bad route pattern " + std::string(pattern)); };
  if (!pattern.starts_with('/')) return bad();
  Node* node = root_.get();
  std::vector<std::string> names;
  std::string_view left = pattern.substr(1);
  for (bool done = false; !done;) {
    const std::string_view segment = take_segment(left, done);
    if (segment == "*") {
      if (!done) return bad();
      names.emplace_back("*");
      if (!node->rest) node->rest = std::make_unique<Node>();
      node = node->rest.get();
    } else if (segment.starts_with('{')) {
      if (!segment.ends_with('}') || segment.size() < 3) return bad();
      names.emplace_back(segment.substr(1, segment.size() - 2));
      if (!node->named) node->named = std::make_unique<Node>();
      node = node->named.get();
    } else {
      node = &node->literal(segment);
    }
  }
  for (const Node::Method& known : node->methods) {
    if (known.name == method) {
      return fail(Code::conflict, "two routes for " + std::string(method) + " " + std::string(pattern));
    }
  }
  node->methods.push_back({std::string(method), route, std::move(names)});
  return {};
}

const Router::Node* Router::find(const Node& node, std::string_view rest, std::vector<std::string>& values) {
  const std::string_view whole = rest;
  bool done = false;
  const std::string_view segment = take_segment(rest, done);
  const auto step = [&](const Node& next) -> const Node* {
    if (!done) return find(next, rest, values);
    return next.methods.empty() ? nullptr : &next;
  };

  const bool encoded = segment.find('%') != std::string_view::npos;
  const std::string decoded_segment = encoded ? decoded(segment) : std::string();
  const std::string_view text = encoded ? std::string_view(decoded_segment) : segment;
  for (const auto& [key, next] : node.literals) {
    if (key != text) continue;
    if (const Node* found = step(*next)) return found;
  }
  if (node.named && !segment.empty()) {
    values.emplace_back(text);
    if (const Node* found = step(*node.named)) return found;
    values.pop_back();
  }
  if (node.rest) {
    values.push_back(decoded(whole));
    return node.rest.get();
  }
  return nullptr;
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::vector<std::string> values;
  const Node* node = find(*root_, path.substr(1), values);
  if (node == nullptr) return match;

  const auto take = [&](std::string_view wanted) {
    for (const Node::Method& known : node->methods) {
      if (known.name != wanted) continue;
      match.kind = Match::Kind::found;
      match.route = known.route;
      match.values.reserve(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        match.values.emplace_back(known.value_names[i], std::move(values[i]));
      }
      return true;
    }
    return false;
  };
  if (take(method) || (method == "HEAD" && take("GET"))) return match;
  match.kind = Match::Kind::wrong_method;
  for (const Node::Method& known : node->methods) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += known.name;
    if (known.name == "GET") match.allow += ", HEAD";
  }
  return match;
}

}  // namespace fm::net
