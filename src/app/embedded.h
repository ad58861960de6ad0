// Bytes that travel inside the binary. Made by scripts/embed.py.
#pragma once

#include <span>
#include <string_view>

#include "api/page.h"

namespace fm::app {

struct EmbeddedFile {
  std::string_view name;  // "python.yaml", "go-panic/failing.log"
  std::string_view bytes;
};

std::string_view embedded_openapi();
std::span<const api::Asset> embedded_page();
std::span<const EmbeddedFile> embedded_rules();
std::span<const EmbeddedFile> embedded_demo();

}  // namespace fm::app
