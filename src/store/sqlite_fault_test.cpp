#include <map>
#include <set>
#include <thread>

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/fault_vfs.h"
#include "store/testing.h"

namespace fm::store::testing {
namespace {

constexpr std::string_view kInsert = "INSERT INTO rows (id, body) VALUES ($1, $2)";

class FaultTest : public ::testing::Test {
 protected:
  Context context() const { return context_of(clock_); }
  void open(const SqliteOptions& options) {
    db_ = open_or_die(options, clock_);
    FM_ASSERT_OK(
        db_->write(context(), [](Tx& tx) { return tx.run("CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)"); }));
  }
  Result<void> insert(std::int64_t id, std::size_t bytes = 6'000) {
    return db_->write(context(), [&](Tx& tx) {
      const std::string body(bytes, 'b');
      return tx.run(kInsert, {id, std::string_view(body)});
    });
  }
  std::set<std::int64_t> stored() {
    std::set<std::int64_t> ids;
    EXPECT_TRUE(db_->read("SELECT id FROM rows", {}, [&](const Row& row) { ids.insert(row.integer(0)); }).has_value());
    return ids;
  }
  // Waits until the writer found by itself that it can write again.
  void wait_until_writable() {
    while (!db_->health().writable) std::this_thread::yield();
  }

  TempDir directory_;
  SystemClock clock_;
  std::unique_ptr<Db> db_;
};

// For every n: the n-th change of the disk during a row of writes fails. What was reported done is there, what was
// reported failed may be repeated, the store works again by itself, and the file is whole.
void sweep(DiskFault fault, const std::function<void(SqliteOptions&)>& adjust) {
  bool reached_the_end = false;
  for (int n = 1; !reached_the_end; n = n < 40 ? n + 1 : n + n / 4) {
    SCOPED_TRACE(n);
    FaultVfs vfs;
    const TempDir directory(true);
    const SystemClock clock;
    SqliteOptions options = small_options(directory.path());
    adjust(options);
    auto db = open_or_die(options, clock);
    const auto context = [&] { return context_of(clock); };
    FM_ASSERT_OK(
        db->write(context(), [](Tx& tx) { return tx.run("CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)"); }));
    vfs.fail_at(n, fault);
    std::set<std::int64_t> done;
    const std::string body(6'000, 'b');
    for (std::int64_t id = 0; id < 60; ++id) {
      const auto insert = [&](Tx& tx) { return tx.run(kInsert, {id, std::string_view(body)}); };
      auto written = db->write(context(), insert);
      if (!written) {
        ASSERT_EQ(written.error().code, Code::unavailable) << written.error().full();
        EXPECT_TRUE(written.error().retry_after.has_value());
        written = db->write(context(), insert);  // once more, as its caller would
        ASSERT_TRUE(written.has_value()) << written.error().full();
      }
      done.insert(id);
    }
    reached_the_end = vfs.faults() == 0;
    vfs.stop_failing();
    db->close();
    db.reset();
    db = open_or_die(options, clock);
    std::set<std::int64_t> stored;
    std::string integrity;
    FM_ASSERT_OK(db->read("SELECT id FROM rows", {}, [&](const Row& row) { stored.insert(row.integer(0)); }));
    FM_ASSERT_OK(db->read("PRAGMA integrity_check", {}, [&](const Row& row) { integrity += row.text(0); }));
    EXPECT_EQ(stored, done);
    EXPECT_EQ(integrity, "ok");
  }
}

TEST(SqliteFaultSweep, OneFullDiskAnywhereLosesNothing) {
  sweep(DiskFault::full, [](SqliteOptions&) {});
}
TEST(SqliteFaultSweep, OneIoErrorAnywhereLosesNothing) {
  sweep(DiskFault::io, [](SqliteOptions&) {});
}

TEST_F(FaultTest, AFailedCommitIsToldToEveryMemberOfTheGroup) {
  FaultVfs vfs;
  open(small_options(directory_.path()));
  Gate gate;
  Counter begun, ended;
  ASSERT_TRUE(db_->write_async(
      [&](Tx&) -> Result<void> {
        begun.add();
        gate.wait();
        return {};
      },
      1, nullptr));
  begun.wait_for(1);
  std::map<std::int64_t, Code> failed;
  for (std::int64_t id = 0; id < 5; ++id) {
    ASSERT_TRUE(db_->write_async([id](Tx& tx) { return tx.run(kInsert, {id, "x"}); }, 1,
                                 [&, id](const Result<void>& done) {
                                   if (!done) failed[id] = done.error().code;
                                   ended.add();
                                 }));
  }
  vfs.fail_at(1, DiskFault::io);
  gate.open();
  ended.wait_for(5);
  EXPECT_EQ(failed.size(), 5U);
  for (const auto& [id, code] : failed) EXPECT_EQ(code, Code::unavailable) << id;
  wait_until_writable();
  EXPECT_TRUE(stored().empty());
  db_.reset();
}

TEST_F(FaultTest, ADiskThatStaysBadRefusesUntilItIsGoodAgain) {
  FaultVfs vfs;
  open(small_options(directory_.path()));
  FM_ASSERT_OK(insert(1));
  vfs.fail_at(1, DiskFault::io, 1'000'000);
  FM_EXPECT_CODE(insert(2), Code::unavailable);
  const auto health = db_->health();
  EXPECT_FALSE(health.writable);
  EXPECT_FALSE(health.detail.empty());
  EXPECT_FALSE(db_->write_async([](Tx&) -> Result<void> { return {}; }, 1, nullptr)) << "work from outside is refused";
  FM_EXPECT_CODE(insert(2), Code::unavailable);
  FM_EXPECT_CODE(insert(2), Code::unavailable);
  EXPECT_EQ(stored(), (std::set<std::int64_t>{1})) << "reads go on";
  vfs.stop_failing();
  wait_until_writable();
  FM_ASSERT_OK(insert(3));
  EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 3}));
  EXPECT_EQ(db_->health().detail, "");
  db_.reset();
}

// A tmpfs of 24 MB; ballast of 6 MB. Needs the right to mount.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=24m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount(path_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

TEST_F(FaultTest, AFullDiskGivesItsBallastToDeletesAndComesBackByItself) {
  const SmallDisk disk(directory_.path());
  if (!disk.mounted()) GTEST_SKIP() << "mounting a tmpfs needs root; OneFullDiskAnywhereLosesNothing covers the errors";
  SqliteOptions options = small_options(directory_.path());
  options.ballast_bytes = 6 << 20;
  open(options);
  const std::string ballast = options.path + ".ballast";
  ASSERT_EQ(::access(ballast.c_str(), F_OK), 0);

  std::int64_t id = 0;
  std::set<std::int64_t> done;
  for (;; ++id) {
    const auto written = insert(id, 100'000);
    if (!written) {
      ASSERT_EQ(written.error().code, Code::unavailable) << written.error().full();
      break;
    }
    done.insert(id);
    ASSERT_LT(id, 1'000) << "the disk never became full";
  }
  EXPECT_NE(::access(ballast.c_str(), F_OK), 0) << "the ballast was given up";
  EXPECT_FALSE(db_->health().writable);
  EXPECT_NE(db_->health().detail.find("full"), std::string::npos);
  EXPECT_FALSE(db_->write_async([](Tx&) -> Result<void> { return {}; }, 1, nullptr));
  EXPECT_EQ(stored(), done);

  FM_ASSERT_OK(db_->write(context(), [](Tx& tx) { return tx.run("DELETE FROM rows WHERE id >= 10"); }));
  wait_until_writable();
  FM_ASSERT_OK(insert(5'000, 100'000));
  EXPECT_EQ(stored().size(), 11U);
  db_->close();
  db_.reset();
}

}  // namespace
}  // namespace fm::store::testing
