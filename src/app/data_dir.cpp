#include "app/data_dir.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ids.h"
#include "base/json.h"
#include "guard/bytes.h"

namespace fm::app {
namespace {

constexpr std::size_t kKeyBytes = 32;

// The key in that file, made if there is none.
Result<std::string> load_or_make_key(const std::string& path) {
  if (auto text = read_file(path, 4096)) {
    auto key = guard::from_hex(text->substr(0, text->find('\n')));
    if (key && key->size() == kKeyBytes) return *std::move(key);
    return fail(Code::invalid, fmt::format("{} is not a key of 64 hexadecimal digits", path),
                "restore the file from a backup; removing it makes what it sealed unreadable");
  } else if (text.error().code != Code::not_found) {
    return fail(text.error(), "read a key of the data directory");
  }
  std::string key = random_bytes(kKeyBytes);
  if (auto written = write_file_atomically(path, guard::to_hex(key) + "\n", 0600); !written) {
    Error error = with_context(std::move(written).error(), "the data directory cannot be written");
    error.remedy = "free some space there, or set FIRSTMATE_DATA_DIR (or --data-dir) to another directory";
    return std::unexpected(std::move(error));
  }
  return key;
}

}  // namespace

std::string default_data_dir(const identity::GetEnv& get_env) {
  if (const auto xdg = get_env("XDG_DATA_HOME"); xdg && xdg->starts_with("/")) return *xdg + "/firstmate";
  if (::geteuid() == 0) return "/var/lib/firstmate";
  if (const auto home = get_env("HOME"); home && !home->empty()) return *home + "/.local/share/firstmate";
  return "/var/lib/firstmate";
}

std::string data_dir_of(const Settings& settings, const identity::GetEnv& get_env) {
  const std::string named = settings.text("data_dir");
  return named.empty() ? default_data_dir(get_env) : named;
}

Result<InstallationKeys> open_data_dir(const std::string& dir) {
  if (auto made = make_directories(dir, 0700); !made) {
    Error error = with_context(made.error(), "the data directory cannot be used");
    error.remedy = "set FIRSTMATE_DATA_DIR (or --data-dir) to a directory that may be written";
    return std::unexpected(error);
  }
  InstallationKeys keys;
  TRY(keys.seal_key, load_or_make_key(dir + "/seal.key"));
  TRY(keys.redact_key, load_or_make_key(dir + "/redact.key"));
  TRY(const std::string local, load_or_make_key(dir + "/local.key"));
  keys.local_key = "fm_local_" + guard::to_hex(local);
  return keys;
}

Result<void> announce_server(const std::string& dir, const std::string& url) {
  return write_file_atomically(dir + "/server.json", to_json(json::value{{"url", url}, {"pid", ::getpid()}}) + "\n",
                               0600);
}

void withdraw_server(const std::string& dir) { ::unlink((dir + "/server.json").c_str()); }

std::optional<LocalServer> find_local_server(const std::string& dir) {
  const auto text = read_file(dir + "/server.json", 65536);
  const auto key = read_file(dir + "/local.key", 4096);
  if (!text || !key) return std::nullopt;
  const auto value = parse_json(*text);
  if (!value) return std::nullopt;
  const std::string url = text_at(*value, "url");
  if (url.empty()) return std::nullopt;
  return LocalServer{url, "fm_local_" + key->substr(0, key->find('\n'))};
}

}  // namespace fm::app
