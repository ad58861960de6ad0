#include <random>
#include <set>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/queue.h"
#include "store/testing.h"

namespace fm::store::testing {
namespace {

constexpr Migration kRows[] = {{1, "rows", "CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"}};

std::vector<Migration> migrations() {
  std::vector<Migration> all(std::begin(kRows), std::end(kRows));
  for (const Migration& migration : queue_migrations()) all.push_back(migration);
  return all;
}

// A row and its job, as one write. True when the store said that it is done.
bool write_pair(Db& db, const Clock& clock, std::int64_t id) {
  const std::string body(2'000 + static_cast<std::size_t>(id % 7) * 1'000, 'b');
  return db
      .write(context_of(clock),
             [&](Tx& tx) -> Result<void> {
               TRY_VOID(tx.run("INSERT INTO rows (id, body) VALUES ($1, $2)", {id, std::string_view(body)}));
               NewJob job;
               job.id = "job_" + std::to_string(id);
               job.kind = "test";
               job.key = std::to_string(id % 5);
               job.payload = "{}";
               return enqueue(tx, job, clock.now_ms());
             })
      .has_value();
}

// The child: four threads write without end; each id that was reported done goes into the pipe.
[[noreturn]] void write_until_killed(const std::string& directory, int pipe, std::int64_t first_id) {
  const SystemClock clock;
  auto db = open_sqlite(small_options(directory), clock);
  if (!db || !migrate(context_of(clock), **db, migrations())) ::_exit(1);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::int64_t id = first_id + t;; id += 4) {
        if (!write_pair(**db, clock, id)) ::_exit(2);
        if (::write(pipe, &id, sizeof id) != sizeof id) ::_exit(3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ::_exit(4);
}

bool read_id(int pipe, std::int64_t& id) { return ::read(pipe, &id, sizeof id) == sizeof id; }

TEST(SqliteCrash, NothingThatWasReportedDoneIsLostByAKill) {
  const TempDir directory;
  std::mt19937 random(42);
  std::set<std::int64_t> reported;
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(directory.path(), ends[1], round * 1'000'000);
    }
    ::close(ends[1]);
    std::int64_t id = 0;
    const auto before_the_kill = 1 + random() % 150;
    for (unsigned i = 0; i < before_the_kill && read_id(ends[0], id); ++i) reported.insert(id);
    ::kill(child, SIGKILL);
    while (read_id(ends[0], id)) reported.insert(id);
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writing process ended by itself: " << WEXITSTATUS(status);

    const SystemClock clock;
    const auto db = open_or_die(small_options(directory.path()), clock);
    std::set<std::int64_t> stored;
    std::int64_t jobs = 0;
    FM_ASSERT_OK(db->read("SELECT id FROM rows", {}, [&](const Row& row) { stored.insert(row.integer(0)); }));
    FM_ASSERT_OK(db->read("SELECT count(*) FROM jobs JOIN rows ON jobs.id = 'job_' || rows.id", {},
                          [&](const Row& row) { jobs = row.integer(0); }));
    for (const std::int64_t one : reported)
      ASSERT_TRUE(stored.contains(one)) << one << " was reported done and is lost";
    EXPECT_EQ(jobs, static_cast<std::int64_t>(stored.size())) << "a row without its job, or the other way round";
    std::string integrity;
    FM_ASSERT_OK(db->read("PRAGMA integrity_check", {}, [&](const Row& row) { integrity += row.text(0); }));
    ASSERT_EQ(integrity, "ok");
  }
  EXPECT_GT(reported.size(), 20U);
}

}  // namespace
}  // namespace fm::store::testing
