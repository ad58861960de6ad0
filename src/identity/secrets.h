// Secrets by reference: "env:FIRSTMATE_SECRET_NAME" or "file:NAME" (a file under secrets.dir).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fm::identity {

// Reads one environment variable; passed in so that tests own it.
using GetEnv = std::function<std::optional<std::string>(const std::string& name)>;

bool is_secret_reference(std::string_view text);

// The secret that the reference names; trailing line ends of files are cut.
// Errors: invalid (another prefix, a path out of the directory), not_found; each names the remedy, none the value.
Result<std::string> resolve_secret(std::string_view reference, const std::string& secrets_dir, const GetEnv& get_env);

}  // namespace fm::identity
