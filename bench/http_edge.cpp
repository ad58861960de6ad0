// CPU per request of the HTTP edge, measured with wrk from outside.
//
//   bench_http_edge [--listen 127.0.0.1:18080] [--threads 1] [--pool-threads 16]
//   wrk -t1 -c64 -d5 http://127.0.0.1:18080/edge                      GET, 39 bytes of JSON, answered on the loop
//   wrk -t1 -c64 -d5 http://127.0.0.1:18080/pool                      the same through the pool
//   wrk -t1 -c64 -d5 -s bench/post_2k.lua http://127.0.0.1:18080/edge   2 KB echo (and /pool)
//   curl http://127.0.0.1:18080/cpu       {"requests":…,"cpu_us_per_request":…} since the last call
//
// The last is the process's user and system time (getrusage) over the requests answered. It moves little with the
// load on the machine; requests per second move a lot. bench/http_edge.sh runs all of it.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/resource.h>

#include "base/clock.h"
#include "net/server.h"

namespace {

constexpr std::string_view kAnswer = R"({"status":"ok","build":"0123456789ab"}
)";
static_assert(kAnswer.size() == 39);

double cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

fm::net::Response echo(fm::net::Request& request) { return fm::net::Response::json(200, std::move(request.body)); }

}  // namespace

int main(int argc, char** argv) {
  fm::net::ServerOptions options;
  options.listen = "127.0.0.1:18080";
  options.threads = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (flag == "--listen") options.listen = argv[i + 1];
    if (flag == "--threads") options.threads = static_cast<unsigned>(std::atoi(argv[i + 1]));
    if (flag == "--pool-threads") options.pool_threads = static_cast<unsigned>(std::atoi(argv[i + 1]));
  }

  // Before any thread starts, so that all of them leave the signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const fm::SystemClock clock;
  fm::net::Server server(options, clock);
  using fm::net::Request;
  using fm::net::Responder;
  using fm::net::Response;
  server.on_edge("GET", "/edge",
                 [](Request&&, Responder answer) { answer(Response::json(200, std::string(kAnswer))); });
  server.on_edge("POST", "/edge", [](Request&& request, Responder answer) { answer(echo(request)); });
  server.on_pool("GET", "/pool",
                 [](const fm::Context&, Request&) { return Response::json(200, std::string(kAnswer)); });
  server.on_pool("POST", "/pool", [](const fm::Context&, Request& request) { return echo(request); });
  std::uint64_t requests_before = 0;
  double cpu_before = 0;
  // One pool thread at a time asks; the load must be over.
  server.on_pool("GET", "/cpu", [&](const fm::Context&, Request&) {
    const std::uint64_t requests = server.stats().requests - 1;
    const double cpu = cpu_us();
    const double per_request =
        requests > requests_before ? (cpu - cpu_before) / static_cast<double>(requests - requests_before) : 0;
    char text[128];
    std::snprintf(text, sizeof text, "{\"requests\":%llu,\"cpu_us_per_request\":%.2f}\n",
                  static_cast<unsigned long long>(requests - requests_before), per_request);
    requests_before = requests + 1;
    cpu_before = cpu_us();
    return Response::json(200, text);
  });
  if (auto started = server.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().full().c_str());
    return 1;
  }
  std::printf("listening on port %u\n", static_cast<unsigned>(server.port()));
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop(fm::Millis{1000});
  return 0;
}
