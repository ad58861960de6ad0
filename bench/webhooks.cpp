// The load generator for webhooks: keep-alive connections that post signed deliveries as fast as they are answered.
//
//   bench_webhooks PORT SECRET KIND BYTES CONNECTIONS SECONDS
//
// KIND: workflow_job or workflow_run. Bodies are shaped like GitHub's and padded to BYTES; every delivery has its own
// id and run. Prints deliveries/s, p50/p99, answers by status. The server's CPU is measured outside
// (bench/webhooks.sh).
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ids.h"
#include "guard/hmac.h"

namespace {

using SteadyClock = std::chrono::steady_clock;

// Precomputed requests: signing costs as much here as in the server, and is not what is measured.
std::vector<std::string> make_requests(const std::string& kind, std::size_t bytes, const std::string& secret,
                                       std::size_t n, const std::string& conclusion) {
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < n; ++i) {
    const std::string id = std::to_string(7'000'000'000 + i);
    std::string body =
        kind == "workflow_job"
            ? fmt::format(
                  R"({{"action":"completed","workflow_job":{{"id":{0},"run_id":{0},"run_attempt":1,"workflow_name":"CI","head_branch":"main","head_sha":"9fceb02d0ae598e95dc970b74767f19372d61af8","html_url":"https://github.com/acme/web/actions/runs/{0}/job/{0}","status":"completed","conclusion":"{1}","started_at":"2026-11-20T09:14:03Z","completed_at":"2026-11-20T09:16:03Z","name":"unit","steps":[)",
                  id, conclusion)
            : fmt::format(
                  R"({{"action":"completed","workflow_run":{{"id":{0},"name":"CI","head_branch":"main","head_sha":"9fceb02d0ae598e95dc970b74767f19372d61af8","run_number":41,"run_attempt":1,"status":"completed","conclusion":"{1}","html_url":"https://github.com/acme/web/actions/runs/{0}","created_at":"2026-11-20T09:14:03Z","updated_at":"2026-11-20T09:16:03Z","display_title":"A change","actor":{{"login":"ada"}},"pull_requests":[)",
                  id, conclusion);
    const std::string tail = fmt::format(
        R"(]}},"repository":{{"id":1,"full_name":"acme/web{}","default_branch":"main"}},"sender":{{"login":"ada"}}}})",
        i % 50);
    for (int item = 0; body.size() + tail.size() + 160 < bytes; ++item) {
      if (item > 0) body += ',';
      body += fmt::format(
          R"({{"number":{0},"name":"Step {0}","status":"completed","conclusion":"success","url":"https://api.github.com/repos/acme/web/steps/{0}","at":"2026-11-20T09:14:03Z"}})",
          item);
    }
    body += tail;
    requests.push_back(fmt::format(
        "POST /webhooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-GitHub-Event: "
        "{}\r\nX-GitHub-Delivery: {}\r\nX-Hub-Signature-256: {}\r\nContent-Length: {}\r\n\r\n{}",
        kind, "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@", fm::guard::github_signature(secret, body), body.size(), body));
  }
  return requests;
}

struct Connection {
  int fd = -1;
  std::string out, in;
  std::size_t sent = 0;
  SteadyClock::time_point began;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    fmt::print(stderr, "bench_webhooks PORT SECRET workflow_job|workflow_run BYTES CONNECTIONS SECONDS [CONCLUSION]\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const std::vector<std::string> requests = make_requests(argv[3], static_cast<std::size_t>(std::atoi(argv[4])),
                                                          argv[2], 256, argc > 7 ? argv[7] : "success");
  std::vector<Connection> connections(static_cast<std::size_t>(std::atoi(argv[5])));
  const auto end = SteadyClock::now() + std::chrono::seconds(std::atoi(argv[6]));
  const int poller = epoll_create1(0);
  std::vector<double> times;
  std::map<int, std::size_t> answers;
  std::uint64_t next = 0;
  const std::string run_prefix = fm::random_hex(8);

  const auto begin = [&](Connection& c) {
    c.out = requests[next % requests.size()];
    const std::string id = fmt::format("{}{:016x}", run_prefix, next++);
    c.out.replace(c.out.find("@@@@"), 32, id);
    c.sent = 0;
    c.began = SteadyClock::now();
  };
  const auto push = [&](Connection& c) {
    while (c.sent < c.out.size()) {
      const ssize_t put = ::send(c.fd, c.out.data() + c.sent, c.out.size() - c.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (put <= 0) return;
      c.sent += static_cast<std::size_t>(put);
    }
  };
  for (std::size_t i = 0; i < connections.size(); ++i) {
    Connection& c = connections[i];
    c.fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int one = 1;
    setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(c.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fmt::print(stderr, "cannot connect to port {}: {}\n", port, std::strerror(errno));
      return 1;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u64 = i;
    epoll_ctl(poller, EPOLL_CTL_ADD, c.fd, &event);
    begin(c);
    push(c);
  }
  const auto started = SteadyClock::now();
  std::vector<epoll_event> ready(256);
  char buffer[65536];
  while (SteadyClock::now() < end) {
    const int n = epoll_wait(poller, ready.data(), static_cast<int>(ready.size()), 100);
    for (int i = 0; i < n; ++i) {
      Connection& c = connections[ready[static_cast<std::size_t>(i)].data.u64];
      push(c);
      for (;;) {
        const ssize_t got = ::recv(c.fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got <= 0) break;
        c.in.append(buffer, static_cast<std::size_t>(got));
      }
      const std::size_t head = c.in.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      const std::size_t length_at = c.in.find("Content-Length: ");
      std::size_t length = 0;
      if (length_at < head) std::from_chars(c.in.data() + length_at + 16, c.in.data() + head, length);
      if (c.in.size() < head + 4 + length) continue;
      ++answers[std::atoi(c.in.c_str() + 9)];
      times.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - c.began).count());
      c.in.clear();
      begin(c);
      push(c);
    }
  }
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - started).count();
  std::sort(times.begin(), times.end());
  const auto quantile = [&](double q) {
    return times.empty() ? 0.0 : times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1))];
  };
  fmt::print("{} {} bytes: {:.0f}/s, p50 {:.1f} ms, p99 {:.1f} ms, n {}", argv[3], requests[0].size(),
             static_cast<double>(times.size()) / seconds, quantile(0.5), quantile(0.99), times.size());
  for (const auto& [status, count] : answers) fmt::print(", {}: {}", status, count);
  fmt::print("\n");
  return 0;
}
