#include "identity/secrets.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"

namespace fm::identity {

bool is_secret_reference(std::string_view text) { return text.starts_with("env:") || text.starts_with("file:"); }

Result<std::string> resolve_secret(std::string_view reference, const std::string& secrets_dir, const GetEnv& get_env) {
  if (reference.starts_with("env:")) {
    const std::string name(reference.substr(4));
    if (!name.starts_with("FIRSTMATE_SECRET_")) {
      return fail(Code::invalid, fmt::format("the reference {} names a variable outside FIRSTMATE_SECRET_*", reference),
                  "put the secret into a variable whose name begins with FIRSTMATE_SECRET_");
    }
    const auto value = get_env(name);
    if (!value || value->empty())
      return fail(Code::not_found, fmt::format("the variable {} is not set", name), fmt::format("set {}", name));
    return *value;
  }
  if (reference.starts_with("file:")) {
    const std::string name(reference.substr(5));
    if (secrets_dir.empty())
      return fail(Code::invalid, fmt::format("{} needs a directory for secrets", reference), "set secrets.dir");
    if (name.empty() || name.find('/') != std::string::npos || name.starts_with(".")) {
      return fail(Code::invalid, fmt::format("{} must name a file directly under secrets.dir", reference),
                  "use file:NAME without any path");
    }
    const auto content = read_file(secrets_dir + "/" + name, 64 * 1024);
    if (!content) {
      Error error = content.error();
      error.remedy = fmt::format("write the secret into {}/{} and let this user read it", secrets_dir, name);
      return std::unexpected(std::move(error));
    }
    const std::string value(content->substr(0, content->find_last_not_of("\r\n") + 1));
    if (value.empty())
      return fail(Code::not_found, fmt::format("the file {}/{} is empty", secrets_dir, name),
                  "write the secret into it");
    return value;
  }
  return fail(Code::invalid, "the reference is neither env:NAME nor file:NAME",
              "write env:FIRSTMATE_SECRET_NAME or file:NAME");
}

}  // namespace fm::identity
