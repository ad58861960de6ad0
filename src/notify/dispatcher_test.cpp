#include "notify/dispatcher.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/text.h"
#include "notify/testing.h"

namespace fm::notify {
namespace {

using store::testing::context_of;
using testing::card;

class Outbox : public ::testing::Test {
 protected:
  Outbox() {
    store::SqliteOptions options = store::testing::small_options(dir_.path());
    options.sync_full = false;  // no power is cut here, and it is much faster
    db_ = store::testing::open_or_die(options, clock_);
    FM_EXPECT_OK(store::migrate(context(), *db_, notify_migrations()));
    restart();
  }
  ~Outbox() override {
    dispatcher_.reset();
    db_->close();
  }

  Context context() const { return context_of(clock_); }
  static void FM_EXPECT_OK(const Result<void>& result) {
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().full());
  }

  void restart(DispatcherOptions options = {}) {
    dispatcher_ = std::make_unique<Dispatcher>(*db_, chat_, clock_, metrics_, options);
    FM_EXPECT_OK(dispatcher_->settle_orphans(context(), true));
  }
  void put(const std::string& group, const std::string& run, Card what, const std::string& channel = "#builds") {
    FM_EXPECT_OK(
        db_->write(context(), [&](store::Tx& tx) { return put_notice(tx, {channel, group, run, what}, clock_); }));
  }
  void recover(const std::string& group, const std::string& by) {
    FM_EXPECT_OK(db_->write(context(), [&](store::Tx& tx) { return put_recovery(tx, group, by, clock_); }));
  }
  // Sends what is due; gives how long until the next.
  Millis run() {
    const auto next = dispatcher_->run_due(context());
    EXPECT_TRUE(next.has_value()) << (next ? "" : next.error().full());
    return next && *next != 0 ? Millis{*next - clock_.now_ms()} : Millis{0};
  }
  // Lets time pass until nothing waits any more.
  void settle(int most = 100) {
    for (Millis next = run(); next > Millis{0} && most > 0; next = run(), --most) clock_.advance(next);
    EXPECT_GT(most, 0) << "it never comes to rest";
  }
  NoticeState state(const std::string& run) {
    const auto states = load_notices_of_run(*db_, run);
    EXPECT_TRUE(states && states->size() == 1) << run;
    return states && !states->empty() ? states->front() : NoticeState{};
  }

  FakeClock clock_;
  store::testing::TempDir dir_;
  std::unique_ptr<store::Db> db_;
  testing::FakeNotifier chat_;
  telemetry::Registry metrics_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(Outbox, FirstNoticeOfAGroupIsARootMessage) {
  put("g1", "run 1", card("acme/web"));
  EXPECT_EQ(state("run 1").state, "queued");
  EXPECT_EQ(run(), Millis{0});
  ASSERT_EQ(chat_.messages().size(), 1U);
  EXPECT_EQ(chat_.messages()[0].versions, std::vector{card("acme/web")});
  const NoticeState sent = state("run 1");
  EXPECT_EQ(sent.state, "sent");
  EXPECT_EQ(sent.permalink, "https://chat.example/1");
  EXPECT_EQ(sent.sent_at, clock_.now_ms());
}

TEST_F(Outbox, AnErrorInTheTransactionLeavesNothing) {
  const auto written = db_->write(context(), [&](store::Tx& tx) -> Result<void> {
    TRY_VOID(put_notice(tx, {"#builds", "g", "run 1", card("x")}, clock_));
    return fail(Code::conflict, "undone");
  });
  EXPECT_FALSE(written);
  run();
  EXPECT_EQ(chat_.calls(), 0);
}

TEST_F(Outbox, TheSameCardTwiceIsSentOnce) {
  put("g1", "run 1", card("a"));
  run();
  put("g1", "run 1", card("a"));
  clock_.advance(Millis{5'000});
  run();
  EXPECT_EQ(chat_.calls(), 1);
}

TEST_F(Outbox, ChangesOfARunEditItsMessageAndCoalesce) {
  put("g1", "run 1", card("a", "one job"));
  run();
  put("g1", "run 1", card("a", "two jobs"));
  put("g1", "run 1", card("a", "three jobs"));
  put("g1", "run 1", card("a", "four jobs"));
  EXPECT_EQ(run(), Millis{1'000}) << "one call a second and channel";
  clock_.advance(Millis{1'000});
  run();
  ASSERT_EQ(chat_.messages().size(), 1U);
  ASSERT_EQ(chat_.messages()[0].versions.size(), 2U);
  EXPECT_EQ(chat_.messages()[0].versions[1].cause, "four jobs");
}

TEST_F(Outbox, ChangeBeforeTheFirstSendNeedsNoEdit) {
  put("g1", "run 1", card("a", "one"));
  put("g1", "run 1", card("a", "two"));
  settle();
  EXPECT_EQ(chat_.calls(), 1);
  EXPECT_EQ(chat_.messages()[0].versions[0].cause, "two");
}

TEST_F(Outbox, ChangeDuringTheCallIsNotLost) {
  put("g1", "run 1", card("a", "one"));
  chat_.during_call = [&] { put("g1", "run 1", card("a", "two")); };
  run();
  EXPECT_EQ(state("run 1").state, "queued");
  settle();
  EXPECT_EQ(chat_.messages()[0].versions.back().cause, "two");
}

TEST_F(Outbox, RecurrencesGoIntoTheThreadAndTheRootTellsHowOften) {
  put("g1", "run 1", card("a"));
  settle();
  Card again = card("a");
  again.recurrence = "Seen 2 times in 7 days";
  put("g1", "run 2", again);
  settle();
  const auto messages = chat_.messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].thread_id, "1");
  EXPECT_FALSE(messages[1].broadcast);
  EXPECT_EQ(messages[0].versions.back().recurrence, "Seen 2 times in 7 days");
}

TEST_F(Outbox, ReplyWaitsForItsRoot) {
  chat_.fail_next(Code::unavailable, 2);
  put("g1", "run 1", card("root"));
  put("g1", "run 2", card("reply"));
  settle();
  const auto messages = chat_.messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].versions[0].title, "root");
  EXPECT_EQ(messages[1].thread_id, "1");
}

TEST_F(Outbox, ChannelsHaveThreadsOfTheirOwn) {
  put("g1", "run 1", card("a"), "#one");
  put("g1", "run 1", card("a"), "#two");
  run();
  const auto messages = chat_.messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_TRUE(messages[0].thread_id.empty() && messages[1].thread_id.empty());
}

TEST_F(Outbox, RecoveryEditsAllMessagesOfTheGroup) {
  put("g1", "run 1", card("a"));
  put("g1", "run 2", card("a"));
  put("other", "run 3", card("b"));
  settle();
  recover("g1", "run #9");
  recover("g1", "run #10");
  settle();
  const auto messages = chat_.messages();
  ASSERT_EQ(messages.size(), 3U);
  for (const auto& message : messages) {
    const Card& now = message.versions.back();
    EXPECT_EQ(now.state, now.title == "a" ? CardState::recovered : CardState::failing);
    EXPECT_EQ(now.recovered_by, now.title == "a" ? "run #9" : "") << "the first success, not the last";
  }
}

TEST_F(Outbox, WhatFailsAgainAfterARecoveryShowsInTheChannel) {
  put("g1", "run 1", card("a"));
  settle();
  recover("g1", "run #9");
  settle();
  put("g1", "run 2", card("a"));
  settle();
  const auto messages = chat_.messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].thread_id, "1");
  EXPECT_TRUE(messages[1].broadcast);
  EXPECT_EQ(messages[0].versions.back().state, CardState::failing);
  EXPECT_EQ(messages[0].versions.back().recovered_by, "");
}

TEST_F(Outbox, OneMessageASecondAndChannel) {
  for (int i = 0; i < 5; ++i) put("g" + std::to_string(i), "run " + std::to_string(i), card("a"));
  put("g9", "run 9", card("b"), "#other");
  EXPECT_EQ(run(), Millis{1'000});
  EXPECT_EQ(chat_.calls(), 2) << "one for each channel";
  clock_.advance(Millis{999});
  EXPECT_EQ(run(), Millis{1});
  EXPECT_EQ(chat_.calls(), 2);
  clock_.advance(Millis{1});
  run();
  EXPECT_EQ(chat_.calls(), 3);
}

TEST_F(Outbox, ABurstBecomesOneDigest) {
  for (int i = 0; i < 12; ++i)
    put("g" + std::to_string(i), "run " + std::to_string(i), card("build " + std::to_string(i)));
  settle();
  ASSERT_EQ(chat_.messages().size(), 1U);
  const Card digest = chat_.messages()[0].versions[0];
  EXPECT_EQ(digest.title, "12 new failures at once");
  ASSERT_EQ(digest.jobs.size(), 12U);
  EXPECT_EQ(digest.jobs[11].name, "build 11");
  EXPECT_EQ(state("run 7").state, "sent");
  EXPECT_EQ(state("run 7").permalink, "https://chat.example/1");
}

TEST_F(Outbox, MembersOfADigestLiveOnInIt) {
  for (int i = 0; i < 6; ++i)
    put("g" + std::to_string(i), "run " + std::to_string(i), card("build " + std::to_string(i)));
  settle();
  recover("g2", "run #9");
  put("g3", "run 3", card("build 3", "now known"));
  put("g4", "run 40", card("build 4"));
  settle();
  const auto messages = chat_.messages();
  ASSERT_EQ(messages.size(), 2U);
  const Card digest = messages[0].versions.back();
  EXPECT_EQ(digest.title, "5 new failures at once");
  EXPECT_EQ(digest.jobs[2].state, CardState::recovered);
  EXPECT_EQ(digest.jobs[3].note, "now known");
  EXPECT_EQ(messages[1].thread_id, "1") << "the recurrence goes into the digest's thread";
}

TEST_F(Outbox, RetryAfterIsObeyedAndNothingElseIsTriedInTheChannel) {
  chat_.fail_next(Code::limited, 1, Millis{30'000});
  put("g1", "run 1", card("a"));
  put("g2", "run 2", card("b"));
  EXPECT_GE(run(), Millis{30'000});
  EXPECT_EQ(chat_.calls(), 1);
  EXPECT_EQ(state("run 1").state, "queued");
  EXPECT_EQ(state("run 1").attempts, 1);
  settle();
  EXPECT_EQ(chat_.messages().size(), 2U);
  EXPECT_EQ(state("run 1").last_error, "");
}

TEST_F(Outbox, ALongOutageLosesNothing) {
  chat_.fail_next(Code::unavailable, 60);
  for (int i = 0; i < 4; ++i) put("g" + std::to_string(i), "run " + std::to_string(i), card("x"));
  settle(400);
  EXPECT_EQ(chat_.messages().size(), 4U);
  EXPECT_LT(clock_.now_ms() - 1'764'000'000'000, 62 * 70'000)
      << "a minute at most between attempts, for the channel, not for each message";
  EXPECT_EQ(chat_.finds(), 0) << "what the service did not take needs no looking up";
}

TEST_F(Outbox, AnAnswerThatNeverCameIsLookedUp) {
  chat_.fail_next(Code::timeout, 1, {}, true);
  put("g1", "run 1", card("a"));
  settle();
  EXPECT_EQ(chat_.messages().size(), 1U) << "it had worked";
  EXPECT_EQ(chat_.finds(), 1);
  EXPECT_EQ(state("run 1").state, "sent");
  EXPECT_FALSE(state("run 1").maybe_repeated);
}

TEST_F(Outbox, AnAnswerThatNeverCameAndDidNotWorkIsSentPlainly) {
  chat_.fail_next(Code::timeout);
  put("g1", "run 1", card("a"));
  settle();
  ASSERT_EQ(chat_.messages().size(), 1U);
  EXPECT_FALSE(chat_.messages()[0].maybe_repeated);
}

TEST_F(Outbox, WhatCannotBeLookedUpSaysThatItMayBeARepetition) {
  chat_.can_find = false;
  chat_.fail_next(Code::timeout, 1, {}, true);
  put("g1", "run 1", card("a"));
  settle();
  ASSERT_EQ(chat_.messages().size(), 2U);
  EXPECT_FALSE(chat_.messages()[0].maybe_repeated);
  EXPECT_TRUE(chat_.messages()[1].maybe_repeated);
  EXPECT_TRUE(state("run 1").maybe_repeated);
}

// The process dies between the call and its record: the call throws out of the dispatcher's hands by closing the store.
TEST_F(Outbox, ACrashBetweenSendAndRecordSendsNothingTwice) {
  put("g1", "run 1", card("a"));
  // A dispatcher whose record cannot be written: the receipt is lost, as in a crash.
  chat_.during_call = [&] {
    FM_EXPECT_OK(db_->write(
        context(), [&](store::Tx& tx) { return tx.run("UPDATE notices SET sending_until = sending_until + 1"); }));
  };
  run();
  ASSERT_EQ(chat_.messages().size(), 1U);
  EXPECT_EQ(state("run 1").state, "queued") << "still sending, as far as anybody knows";
  chat_.during_call = nullptr;
  restart();
  settle();
  EXPECT_EQ(chat_.messages().size(), 1U);
  EXPECT_EQ(state("run 1").state, "sent");
  EXPECT_EQ(chat_.finds(), 1);
}

TEST_F(Outbox, ALeaseThatEndsIsTakenUpWithoutARestart) {
  put("g1", "run 1", card("a"));
  chat_.during_call = [&] {
    FM_EXPECT_OK(db_->write(
        context(), [&](store::Tx& tx) { return tx.run("UPDATE notices SET sending_until = sending_until + 1"); }));
  };
  EXPECT_EQ(run(), Millis{120'001}) << "looks again when the lease ends";
  chat_.during_call = nullptr;
  settle();
  EXPECT_EQ(chat_.messages().size(), 1U);
  EXPECT_EQ(state("run 1").state, "sent");
}

TEST_F(Outbox, AMessageThatIsRefusedForGoodFailsAndABetterOneIsTried) {
  chat_.fail_next(Code::invalid);
  put("g1", "run 1", card("a"));
  settle();
  EXPECT_EQ(state("run 1").state, "failed");
  EXPECT_TRUE(contains(state("run 1").last_error, "told to fail"));
  put("g1", "run 1", card("b"));
  settle();
  EXPECT_EQ(state("run 1").state, "sent");
}

TEST_F(Outbox, ReplyToAFailedRootGoesToTheChannel) {
  chat_.fail_next(Code::invalid);
  put("g1", "run 1", card("a"));
  settle();
  Card again = card("a");
  again.recurrence = "";
  put("g1", "run 2", again);
  settle();
  ASSERT_EQ(chat_.messages().size(), 1U);
  EXPECT_EQ(chat_.messages()[0].thread_id, "");
}

TEST_F(Outbox, AWrongSettingIsTriedUntilItIsMendedOrGivenUp) {
  chat_.fail_next(Code::forbidden, 5);
  put("g1", "run 1", card("a"));
  settle();
  EXPECT_EQ(state("run 1").state, "sent");

  restart({.give_up = Millis{300'000}});
  chat_.fail_next(Code::forbidden, 1'000);
  put("g2", "run 2", card("a"));
  settle();
  EXPECT_EQ(state("run 2").state, "failed");
  const auto counts = load_outbox_counts(*db_);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->failed, 1);
  EXPECT_EQ(counts->waiting, 0);
}

TEST_F(Outbox, AMessageDeletedInTheChatIsLeftAlone) {
  put("g1", "run 1", card("a"));
  settle();
  put("g1", "run 1", card("b"));
  chat_.fail_next(Code::conflict);
  settle();
  EXPECT_EQ(state("run 1").state, "sent");
  EXPECT_TRUE(contains(state("run 1").last_error, "told to fail"));
  EXPECT_EQ(chat_.calls(), 2);
}

TEST_F(Outbox, AThreadDeletedInTheChatSendsTheReplyToTheChannel) {
  put("g1", "run 1", card("a"));
  settle();
  put("g1", "run 2", card("b"));
  chat_.fail_next(Code::conflict);
  settle();
  ASSERT_EQ(chat_.messages().size(), 2U);
  EXPECT_EQ(chat_.messages()[1].thread_id, "");
}

TEST_F(Outbox, TrimForgetsWhatIsOldAndThreadsBeginAnew) {
  put("g1", "run 1", card("a"));
  put("g1", "run 2", card("a"));
  settle();
  clock_.advance(Millis{1'000'000});
  put("g2", "run 3", card("b"));
  std::int64_t gone = 0;
  for (int i = 0; i < 2; ++i) {
    FM_EXPECT_OK(db_->write(context(), [&](store::Tx& tx) -> Result<void> {
      TRY(const std::int64_t n, trim_notices(tx, clock_.now_ms() - 500'000));
      gone += n;
      return {};
    }));
  }
  EXPECT_EQ(gone, 2);
  put("g1", "run 4", card("a"));
  settle();
  const auto messages = chat_.messages();
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[3].thread_id, "");
}

TEST_F(Outbox, ThreadsSendWithoutBeingAskedAndStopInTime) {
  SystemClock clock;
  store::testing::Counter sent;
  Dispatcher dispatcher(*db_, chat_, clock, metrics_, {.on_change = [&](const std::string&, const std::string& state) {
    if (state == "sent") sent.add();
  }});
  FM_EXPECT_OK(dispatcher.start(true));
  for (int i = 0; i < 4; ++i) {
    const std::string n = std::to_string(i);
    FM_EXPECT_OK(db_->write(
        context(), [&](store::Tx& tx) { return put_notice(tx, {"#" + n, "g" + n, "run " + n, card("a")}, clock); }));
    dispatcher.wake();
  }
  sent.wait_for(4);
  dispatcher.stop(Millis{1'000});
  EXPECT_EQ(chat_.messages().size(), 4U);
}

}  // namespace
}  // namespace fm::notify
