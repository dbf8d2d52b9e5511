#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "storage/postgres/pg_store.h"
#include "tests/storage/postgres/pg_server.h"
#include "tests/storage/store_rows.h"

// Commits of which no answer comes.

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

sockaddr_un At(const std::string& folder) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  const std::string path = absl::StrCat(folder, "/.s.PGSQL.5432");
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  return name;
}

// Between the store and the server; breaks one connection in the way it is
// told.
class Proxy {
 public:
  enum Fault { kNone, kBeforeRequest, kAfterCommit };

  explicit Proxy(std::string server) : server_(std::move(server)) {
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un name = At(folder_.path());
    EXPECT_EQ(
        bind(listener_, reinterpret_cast<const sockaddr*>(&name), sizeof(name)),
        0);
    EXPECT_EQ(listen(listener_, 16), 0);
    thread_ = std::thread([this] { Accept(); });
  }
  ~Proxy() {
    stop_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (std::thread& one : connections_) one.join();
    close(listener_);
  }

  const std::string& folder() const { return folder_.path(); }
  void Break(Fault fault) { fault_ = fault; }
  // Connections that come from now on go to another server; the others stay.
  void Redirect(const std::string& server) {
    absl::MutexLock lock(&mutex_);
    server_ = server;
  }
  bool broken() const { return fault_ == kNone; }

 private:
  void Accept() {
    while (!stop_) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) continue;
      const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_un name = At(Server());
      if (connect(server, reinterpret_cast<const sockaddr*>(&name),
                  sizeof(name)) != 0) {
        close(client);
        close(server);
        continue;
      }
      connections_.emplace_back([this, client, server] {
        Pump(client, server);
        close(client);
        close(server);
      });
    }
  }

  std::string Server() {
    absl::MutexLock lock(&mutex_);
    return server_;
  }

  void Pump(int client, int server) {
    std::string swallowed;
    pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    char bytes[65536];
    while (!stop_) {
      if (poll(ends, 2, 50) <= 0) continue;
      for (int i = 0; i < 2; ++i) {
        if (ends[i].revents == 0) continue;
        const ssize_t count = read(ends[i].fd, bytes, sizeof(bytes));
        if (count <= 0) return;
        if (fault_ == kBeforeRequest && i == 0) {
          fault_ = kNone;
          return;
        }
        if (fault_ == kAfterCommit && i == 1) {
          // ReadyForQuery, idle: all is committed.
          swallowed.append(bytes, count);
          if (!absl::EndsWith(swallowed, absl::string_view("Z\0\0\0\5I", 6))) {
            continue;
          }
          fault_ = kNone;
          return;
        }
        if (write(ends[1 - i].fd, bytes, count) != count) return;
      }
    }
  }

  const TempFolder folder_;
  absl::Mutex mutex_;
  std::string server_ ABSL_GUARDED_BY(mutex_);
  int listener_ = -1;
  std::atomic<bool> stop_ = false;
  std::atomic<Fault> fault_ = kNone;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

class PgUnansweredTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = PgStore::Open({.address = *ParsePgAddress(absl::StrCat(
                                     "postgres://postgres@/postgres?host=",
                                     proxy_.folder(), "&schema=test1")),
                                 .lease = absl::Hours(1)});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    ASSERT_TRUE(
        store_->Commit({PutCampaign{CampaignAt("campaigns/c1", 1)}}).ok());
  }

  // An event can be put once only: a commit that happens twice is found.
  absl::Status Put(int64_t sequence) {
    return store_->Commit(
        {EventOf("campaigns/c1", sequence), PutCounter{"n", sequence}});
  }

  PgServer server_;
  Proxy proxy_{server_.folder()};
  std::unique_ptr<PgStore> store_;
};

TEST_F(PgUnansweredTest, ACommitWhoseAnswerIsLostIsFoundAndNotRepeated) {
  ASSERT_TRUE(Put(1).ok());
  proxy_.Break(Proxy::kAfterCommit);
  const absl::Status status = Put(2);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(proxy_.broken());
  EXPECT_TRUE(Put(3).ok());
  EXPECT_THAT(Sequences(store_->ListEvents("campaigns/c1", {})),
              ElementsAre(1, 2, 3));
}

TEST_F(PgUnansweredTest, ACommitThatDidNotArriveIsSentAgain) {
  proxy_.Break(Proxy::kBeforeRequest);
  const absl::Status status = Put(1);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(proxy_.broken());
  EXPECT_THAT(Sequences(store_->ListEvents("campaigns/c1", {})),
              ElementsAre(1));
}

TEST_F(PgUnansweredTest, AServerThatIsStartedAgainIsFoundByCommitsAndReads) {
  ASSERT_TRUE(Put(1).ok());
  server_.Kill();
  const absl::Status away = Put(2);
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable) << away;
  const absl::Status read = store_->GetCounter("n").status();
  EXPECT_EQ(read.code(), absl::StatusCode::kUnavailable) << read;
  server_.Start();
  EXPECT_EQ(store_->GetCounter("n").value(), 1);
  EXPECT_TRUE(Put(3).ok());
  server_.Kill();
  server_.Start();
  EXPECT_TRUE(Put(4).ok());
  EXPECT_THAT(Sequences(store_->ListEvents("campaigns/c1", {})),
              ElementsAre(1, 3, 4));
}

// The connection that was given up may still write: it must not, after that.
TEST_F(PgUnansweredTest, RaisingTheEpochKeepsTheOldConnectionOut) {
  const auto old = PgServer::Connect(
      absl::StrCat("postgres://postgres@/postgres?host=", server_.folder(),
                   "&schema=test1"));
  ASSERT_NE(old, nullptr);
  const auto epoch = old->Ask(PgQuery("SELECT epoch FROM leader"));
  ASSERT_TRUE(epoch.ok());
  proxy_.Break(Proxy::kBeforeRequest);
  ASSERT_TRUE(Put(1).ok());
  const PgOutcome late = old->Run({PgQuery("SELECT begin_commit($1, $2)")
                                       .Integer(epoch->Integer(0, 0))
                                       .Integer(99)});
  EXPECT_TRUE(late.fenced) << late.status;
}

// An old primary that nobody stopped: who has read from it must not go on to,
// nor begin again.
TEST(PgFailover, ReadersFollowTheWriterToAPromotedReplica) {
  PgServer primary;
  const PgServer replica(primary, "replica");
  primary.Kill();
  primary.StartWith({"synchronous_standby_names=replica"});
  Proxy proxy(primary.folder());
  const auto opened = PgStore::Open(
      {.address = *ParsePgAddress(
           absl::StrCat("postgres://postgres@/postgres?host=", proxy.folder())),
       .lease = absl::Hours(1)});
  ASSERT_TRUE(opened.ok()) << opened.status();
  PgStore& store = **opened;
  ASSERT_TRUE(store.Commit({PutCounter{"n", 1}}).ok());
  EXPECT_EQ(store.GetCounter("n").value(), 1);
  replica.Promote();
  proxy.Redirect(replica.folder());
  proxy.Break(Proxy::kBeforeRequest);
  const absl::Status moved = store.Commit({PutCounter{"n", 2}});
  ASSERT_TRUE(moved.ok()) << moved;
  EXPECT_TRUE(proxy.broken());
  EXPECT_EQ(store.GetCounter("n").value(), 2);
  // A name that stands for both servers leads back to the old one.
  proxy.Redirect(primary.folder());
  proxy.Break(Proxy::kBeforeRequest);
  const absl::Status behind = store.GetCounter("n").status();
  EXPECT_EQ(behind.code(), absl::StatusCode::kUnavailable) << behind;
  EXPECT_THAT(std::string(behind.message()), HasSubstr("is behind the one"));
  proxy.Redirect(replica.folder());
  EXPECT_EQ(store.GetCounter("n").value(), 2);
}

TEST(PgConnection, AServerThatDoesNotAnswerIsGivenUp) {
  const auto connection = PgServer::Connect(SharedPgServer().NewAddress());
  ASSERT_NE(connection, nullptr);
  const PgOutcome outcome = connection->Run({PgQuery("SELECT pg_sleep(600)")},
                                            absl::Milliseconds(50));
  EXPECT_TRUE(outcome.unanswered);
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("within 50ms"));
  EXPECT_FALSE(connection->usable());
  // It is of no use any more, and says so.
  EXPECT_TRUE(connection->Run({PgQuery("SELECT 1")}).unanswered);
}

TEST(PgConnection, AFailureSaysWhichStatementAndTheNextOnesWork) {
  const auto connection = PgServer::Connect(SharedPgServer().NewAddress());
  ASSERT_NE(connection, nullptr);
  const PgOutcome outcome =
      connection->Run({PgQuery("SELECT 1::bigint"), PgQuery("SELECT nothing"),
                       PgQuery("SELECT 2::bigint")});
  EXPECT_EQ(outcome.failed, 1u);
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(outcome.unanswered);
  const auto rows = connection->Ask(PgQuery("SELECT 3::bigint"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->Integer(0, 0), 3);
}

}  // namespace
}  // namespace isoshape
