// Durable inserts per second through the group-commit writer, and jobs per second through the queue.
//
//   bench_store_group_commit [--dir DIRECTORY] [--seconds N]
//
// Prints one line a case: rows/s, processor time of the whole process per row (µs; producers included) and of the
// writer's thread alone, rows in a commit, and the disk's own fdatasync p50 measured in the same directory.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ids.h"
#include "store/db.h"
#include "store/queue.h"
#include "store/sqlite.h"

namespace {

using namespace fm;
using namespace fm::store;
using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point from) {
  return std::chrono::duration<double>(SteadyClock::now() - from).count();
}

double cpu_seconds(clockid_t id) {
  timespec at{};
  clock_gettime(id, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<size_t>(part * static_cast<double>(values.size())))];
}

[[noreturn]] void die(const Error& error) {
  fmt::print(stderr, "{}\n", error.full());
  std::exit(1);
}

// Overwrites 8 KiB of a file that has its length and syncs: what one commit costs the disk at least, in ms.
double fdatasync_p50(const std::string& directory) {
  const std::string path = directory + "/sync_probe";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string block(8192, 'x');
  for (int i = 0; i < 512; ++i) (void)!::pwrite(fd, block.data(), block.size(), i * 8192);
  ::fdatasync(fd);
  std::vector<double> took;
  for (int i = 0; i < 300; ++i) {
    const auto from = SteadyClock::now();
    (void)!::pwrite(fd, block.data(), block.size(), i * 8192);
    ::fdatasync(fd);
    took.push_back(seconds_since(from) * 1e3);
  }
  ::close(fd);
  ::unlink(path.c_str());
  return percentile(took, 0.5);
}

// Fills a text that does not compress to nothing and differs per row.
std::string body_of(size_t bytes) {
  std::string body(bytes, ' ');
  for (char& c : body) c = static_cast<char>('a' + fast_random() % 26);
  return body;
}

constexpr Migration kEvents[] = {{1, "events", R"sql(
CREATE TABLE events (id TEXT PRIMARY KEY, delivery TEXT NOT NULL, state INTEGER NOT NULL, created_at BIGINT NOT NULL,
  body BLOB NOT NULL);
CREATE UNIQUE INDEX events_delivery ON events (delivery);
)sql"}};

struct Store {
  SystemClock clock;
  std::string directory;
  std::unique_ptr<Db> db;

  explicit Store(const std::string& parent) : directory(parent + "/store_bench_" + random_hex(4)) {
    std::filesystem::create_directories(directory);
    open();
  }
  void open() {
    SqliteOptions options;
    options.path = directory + "/bench.db";
    options.ballast_bytes = 0;
    auto opened = open_sqlite(options, clock);
    if (!opened) die(opened.error());
    db = *std::move(opened);
    std::vector<Migration> all(std::begin(kEvents), std::end(kEvents));
    for (const Migration& migration : queue_migrations()) all.push_back(migration);
    if (auto done = migrate(context(), *db, all); !done) die(done.error());
  }
  ~Store() {
    db->close();
    db.reset();
    std::filesystem::remove_all(directory);
  }
  Context context() const { return Context(clock, clock.steady() + Millis{60'000}); }
};

clockid_t writer_clock(Db& db, const Context& context) {
  clockid_t id{};
  auto done = db.write(context, [&](Tx&) -> Result<void> {
    pthread_getcpuclockid(pthread_self(), &id);
    return {};
  });
  if (!done) die(done.error());
  return id;
}

struct Case {
  int producers;
  size_t bytes;
  bool with_job;
  bool async;
};

Result<void> insert(Tx& tx, const Case& one, std::string_view id, std::string_view delivery, std::string_view body,
                    UnixMs now) {
  TRY_VOID(tx.run("INSERT INTO events (id, delivery, state, created_at, body) VALUES ($1, $2, 0, $3, $4)",
                  {id, delivery, now, Blob{body}}));
  if (!one.with_job) return {};
  NewJob job;
  job.id = "job_" + std::string(id);
  job.kind = "analyse";
  job.key = "acme/" + std::string(delivery.substr(0, 2));
  job.payload = "{}";
  return enqueue(tx, job, now);
}

void run_case(const std::string& parent, const Case& one, double seconds) {
  Store store(parent);
  const std::string body = body_of(one.bytes);
  const clockid_t writer = writer_clock(*store.db, store.context());
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> rows{0};
  std::mutex mutex;
  std::vector<double> latencies;
  const auto before = store.db->health();
  const double cpu_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double writer_before = cpu_seconds(writer);
  const auto from = SteadyClock::now();
  const auto produce = [&] {
    std::vector<double> mine;
    while (!stop) {
      const std::string id = new_id("evt_", store.clock);
      const std::string delivery = fmt::format("{:016x}{:016x}", fast_random(), fast_random());
      const auto begun = SteadyClock::now();
      auto done = store.db->write(store.context(), [&](Tx& tx) { return insert(tx, one, id, delivery, body, 1); });
      if (!done) die(done.error());
      mine.push_back(seconds_since(begun) * 1e3);
      ++rows;
    }
    const std::lock_guard lock(mutex);
    latencies.insert(latencies.end(), mine.begin(), mine.end());
  };
  // The way of the webhook route: no thread waits, the completion starts the next one.
  std::atomic<int> in_flight{0};
  std::function<void(std::string)> send = [&](std::string text) {
    auto shared = std::make_shared<std::string>(std::move(text));
    const std::string id = new_id("evt_", store.clock);
    const std::string delivery = fmt::format("{:016x}{:016x}", fast_random(), fast_random());
    const auto begun = SteadyClock::now();
    const bool taken = store.db->write_async(
        [&one, id, delivery, shared](Tx& tx) { return insert(tx, one, id, delivery, *shared, 1); }, shared->size(),
        [&, shared, begun](Result<void> done) {
          if (!done) die(done.error());
          latencies.push_back(seconds_since(begun) * 1e3);
          ++rows;
          if (stop) {
            --in_flight;
          } else {
            send(std::move(*shared));
          }
        });
    if (!taken) die(Error{Code::unavailable, "queue full", {}, nullptr, std::nullopt});
  };
  std::vector<std::thread> threads;
  if (one.async) {
    in_flight = one.producers;
    for (int i = 0; i < one.producers; ++i) send(body);
  } else {
    for (int i = 0; i < one.producers; ++i) threads.emplace_back(produce);
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  while (in_flight > 0) std::this_thread::yield();
  const double took = seconds_since(from);
  const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
  const double writer_cpu = cpu_seconds(writer) - writer_before;
  const auto after = store.db->health();
  const auto n = static_cast<double>(rows.load());
  fmt::print(
      "{:>6} B {:5} {:5} {:>3} producers: {:8.0f} rows/s  p50 {:6.2f} ms  p99 {:6.2f} ms  {:5.1f} µs/row process  "
      "{:5.1f} µs/row writer  {:5.1f} rows/commit\n",
      one.bytes, one.with_job ? "+job" : "", one.async ? "async" : "sync", one.producers, n / took,
      percentile(latencies, 0.5), percentile(latencies, 0.99), cpu / n * 1e6, writer_cpu / n * 1e6,
      static_cast<double>(after.writes - before.writes) / static_cast<double>(after.commits - before.commits));
}

// n jobs in 50 keys, or none, through a Worker whose handler does nothing.
void run_jobs(const std::string& parent, int jobs, bool keys, unsigned threads) {
  Store store(parent);
  auto filled = store.db->write(store.context(), [&](Tx& tx) -> Result<void> {
    for (int i = 0; i < jobs; ++i) {
      NewJob job;
      job.id = new_id("job_", store.clock);
      job.kind = "nothing";
      job.key = keys ? fmt::format("acme/{}", i % 50) : "";
      job.payload = "{}";
      TRY_VOID(enqueue(tx, job, 1));
    }
    return {};
  });
  if (!filled) die(filled.error());
  WorkerOptions options;
  options.threads = threads;
  std::mutex mutex;
  std::condition_variable all_done;
  int done = 0;
  options.on_change = [&](const Job&, JobState state) {
    if (state != JobState::done) return;
    const std::lock_guard lock(mutex);
    if (++done == jobs) all_done.notify_all();
  };
  Worker worker(*store.db, store.clock, options);
  worker.handle("nothing", [](const Context&, const Job&) { return Outcome{}; });
  const auto from = SteadyClock::now();
  const double cpu_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  if (auto started = worker.start(false); !started) die(started.error());
  {
    std::unique_lock lock(mutex);
    all_done.wait(lock, [&] { return done == jobs; });
  }
  const double took = seconds_since(from);
  const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
  worker.stop(Millis{1'000});
  fmt::print("{} jobs, {}, {} threads: {:.0f} jobs/s, {:.1f} µs processor time a job\n", jobs,
             keys ? "50 keys" : "no keys", threads, jobs / took, cpu / jobs * 1e6);
}

// 100,000 finished jobs and 100,000 that wait, all of one key; then a claim, and a start of the store.
void run_backlog(const std::string& parent) {
  Store store(parent);
  constexpr int kJobs = 100'000;
  auto filled = store.db->write(store.context(), [&](Tx& tx) -> Result<void> {
    for (int i = 0; i < 2 * kJobs; ++i) {
      NewJob job;
      job.id = new_id("job_", store.clock);
      job.kind = "nothing";
      job.key = i < kJobs ? "" : "acme/web";
      job.payload = "{}";
      TRY_VOID(enqueue(tx, job, 1));
    }
    return tx.run("UPDATE jobs SET state = 2, done_at = 5 WHERE order_key IS NULL");
  });
  if (!filled) die(filled.error());
  std::vector<double> claims;
  for (int i = 0; i < 300; ++i) {
    auto done = store.db->write(store.context(), [&](Tx& tx) -> Result<void> {
      const auto from = SteadyClock::now();
      TRY(const auto jobs, claim(tx, "w", 16, Millis{60'000}, 10));
      for (const Job& job : jobs) TRY_VOID(finish(tx, job, 10));
      claims.push_back(seconds_since(from) * 1e6);
      return {};
    });
    if (!done) die(done.error());
  }
  const double claim_us = percentile(claims, 0.5);
  store.db->close();
  store.db.reset();
  const auto from = SteadyClock::now();
  store.open();
  fmt::print(
      "100,000 jobs done and 100,000 waiting in one key: claim and finish {:.0f} µs without the commit; start {:.1f} "
      "ms\n",
      claim_us, seconds_since(from) * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  std::string directory = ".";
  double seconds = 3;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--dir") directory = argv[i + 1];
    if (std::string_view(argv[i]) == "--seconds") seconds = std::atof(argv[i + 1]);
  }
  fmt::print("fdatasync of 8 KiB, p50: {:.3f} ms\n", fdatasync_p50(directory));
  for (const size_t bytes : {size_t{500}, size_t{8'192}, size_t{20'480}}) {
    for (const int producers : {1, 16, 64}) run_case(directory, {producers, bytes, false, false}, seconds);
  }
  for (const size_t bytes : {size_t{8'192}, size_t{20'480}}) run_case(directory, {64, bytes, true, true}, seconds);
  run_backlog(directory);
  run_jobs(directory, 20'000, false, 4);
  run_jobs(directory, 20'000, true, 4);
  fmt::print("fdatasync of 8 KiB, p50: {:.3f} ms\n", fdatasync_p50(directory));
}
