#include "coordinator/server_limits.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "common/process/process_use.h"
#include "coordinator/freed_memory.h"
#include "tests/coordinator/http2_frames.h"
#include "tests/coordinator/server_fixture.h"
#include "tests/few_files.h"
#include "tests/http_client.h"
#include "tests/temp_folder.h"
#include "tests/unix_sockets.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

constexpr char kGetCampaign[] = "/isoshape.v1.CampaignService/GetCampaign";

// Bytes of the process that are in memory.
int64_t ResidentBytes() {
  return UseOf(getpid()).value_or(ProcessUse{}).resident_bytes;
}

// What strangers who reach the port do.
class ServerLimitsTest : public ServerTest {
 protected:
  ServerLimitsTest() { GiveBackFreedMemory(); }
  static grpc::Status Get(const std::string& address) {
    const auto stub = v1::CampaignService::NewStub(MakeChannel(address));
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    v1::ListCampaignsResponse response;
    return stub->ListCampaigns(&context, v1::ListCampaignsRequest(), &response);
  }
  // Waits until all but 96 MB of what the process has grown by has gone back to
  // the system, as calls end; by how much it had grown at most meanwhile.
  int64_t GoneBack(int64_t before) {
    const absl::Time end = absl::Now() + absl::Minutes(2);
    int64_t most = 0, left = 0;
    do {
      EXPECT_TRUE(Get(server_->address()).ok());
      left = ResidentBytes() - before;
      most = std::max(most, left);
    } while (left > 96 << 20 && absl::Now() < end);
    EXPECT_LE(left, 96 << 20);
    return most;
  }
};

// As much as a list needs, also where 'ulimit -v' leaves little.
TEST(AnswerBytesTest, AreAThirdOfWhatIsLeftAndNeverTooFewForAList) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  const auto with_left = [&](size_t left) {
    size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before;
    limit.rlim_cur = pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) + left;
    EXPECT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
    const size_t bytes = AnswerBytes();
    EXPECT_EQ(setrlimit(RLIMIT_AS, &before), 0);
    return bytes >> 20;
  };
  EXPECT_EQ(with_left(size_t{30} << 20), 64u);
  EXPECT_NEAR(static_cast<double>(with_left(size_t{600} << 20)), 200, 2);
  EXPECT_EQ(with_left(size_t{9} << 30), 512u);
}

// In a process of its own, as somebody who has no other and whom limits bind.
TEST(CheckThreadsTest, ALimitOfThreadsIsSaidInOneLineBeforeAnythingStarts) {
  const auto check = [](rlim_t limit) {
    const rlimit few = {limit, limit};
    if (setrlimit(RLIMIT_NPROC, &few) != 0 || setuid(65530) != 0) _exit(3);
    const auto may = CheckThreads({.to_start = 20, .in_use = 30});
    std::fprintf(stderr, "%s\n",
                 may.ok() ? may->empty() ? "enough" : may->c_str()
                          : std::string(may.status().message()).c_str());
    _exit(absl::IsResourceExhausted(may.status()) ? 1 : may.ok() ? 0 : 2);
  };
  if (getuid() != 0) GTEST_SKIP() << "takes a user that has no process";
  EXPECT_EXIT(check(9), testing::ExitedWithCode(1),
              "may start 8 threads and needs 20; raise 'ulimit -u'.*'ulimit "
              "-v' if it is memory");
  EXPECT_EXIT(check(21), testing::ExitedWithCode(0),
              "may start 20 threads and may need 30 when many call; raise");
  EXPECT_EXIT(check(31), testing::ExitedWithCode(0), "enough");
}

// A pod may have 1,024 processes, however many processors the machine has.
TEST(CheckThreadsTest, WhatAStartTakesIsBoundedOnALargeMachine) {
  EXPECT_LE(ThreadsOn(1).to_start, 50);
  EXPECT_LE(ThreadsOn(256).to_start, 100);
  EXPECT_EQ(ThreadsOn(2).in_use, 56);
  EXPECT_GT(ThreadsOn(256).in_use, 1024);
}

TEST_F(ServerLimitsTest, ConnectionsBeyondTheDescriptorsAreRefusedInTime) {
  const auto create = [this] {
    v1::Campaign campaign;
    return Call(*campaigns_, &v1::CampaignService::Stub::CreateCampaign,
                v1::CreateCampaignRequest(), &campaign)
        .error_code();
  };
  EXPECT_EQ(create(), StatusCode::INVALID_ARGUMENT);  // and is connected
  const FewFiles few(160);  // both ends of a connection are in this process
  std::vector<RawClient> kept;
  std::optional<RawClient> refused;
  while (kept.size() < 100 && !refused) {
    RawClient client(static_cast<uint16_t>(server_->port()));
    ASSERT_TRUE(client.connected());
    // The server says SETTINGS first on a connection that it keeps.
    if (client.IsClosed()) {
      refused.emplace(std::move(client));
    } else {
      kept.push_back(std::move(client));
    }
  }
  EXPECT_TRUE(refused) << "a hundred connections were accepted";
  EXPECT_GT(kept.size(), 10u);
  // Who is there goes on.
  EXPECT_EQ(create(), StatusCode::INVALID_ARGUMENT);
  refused.reset();
  kept.clear();
  // And so does who comes when others have gone.
  EXPECT_TRUE(Get(server_->address()).ok());
}

TEST_F(ServerLimitsTest, ACompressedRequestIsRefusedBeforeItIsLarge) {
  v1::CreateCampaignRequest request;
  request.mutable_campaign()->set_display_name(std::string(64 << 20, 'a'));
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::Campaign campaign;
  const int64_t before = ResidentBytes();
  const grpc::Status status =
      campaigns_->CreateCampaign(&context, request, &campaign);
  EXPECT_EQ(status.error_code(), StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(status.error_message(), HasSubstr("gzip"));
  // Our own end holds it once as it was and once compressed.
  EXPECT_LT(ResidentBytes() - before, 100 << 20);
}

// Opens calls on a connection of its own and resets them at once (HTTP/2 rapid
// reset), as fast as they are taken.
void OpenAndReset(int port, int calls) {
  RawClient client(static_cast<uint16_t>(port));
  ASSERT_TRUE(client.Send(Http2Greeting()));
  const std::string headers = CallHeaders(kGetCampaign);
  const std::string message(
      "\0\0\0\0\x0e\n\x0c"
      "campaigns/c1",
      19);
  std::string burst;
  for (int i = 0; i < calls; ++i) {
    const auto stream = static_cast<uint32_t>(2 * i + 1);
    burst += Frame(1, 4, stream, headers);
    burst += Frame(0, 1, stream, message);
    burst += Frame(3, 0, stream, std::string("\0\0\0\x08", 4));
    if (burst.size() < 100'000) continue;
    if (!client.Send(burst)) return;  // ended by the server: as good
    burst.clear();
  }
}

// gRPC 1.51 bounds calls that are open, and not how many are opened and reset:
// 250 MB here if nothing else did.
TEST_F(ServerLimitsTest, CallsThatAreResetAtOnceTakeLittleAndOthersAreServed) {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  GTEST_SKIP() << "its allocator keeps what was freed";
#endif
  constexpr int kCalls = 12'000;
  constexpr int64_t kMost = 128 << 20;
  ASSERT_TRUE(Get(server_->address()).ok());
  const int64_t before = ResidentBytes();
  int64_t most = 0;
  std::atomic<bool> over = false;
  std::thread flood([&] {
    OpenAndReset(server_->port(), kCalls);
    over = true;
  });
  while (!over) {
    ASSERT_TRUE(Get(server_->address()).ok());
    most = std::max(most, ResidentBytes() - before);
  }
  flood.join();
  EXPECT_LT(most, kMost);
  most = std::max(most, GoneBack(before));
  EXPECT_LT(most, kMost);
}

// gRPC 1.51 bounds the headers of each frame, and not those of all frames of a
// call, which it keeps.
TEST_F(ServerLimitsTest, AConnectionOfHeadersWithoutEndIsEnded) {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  GTEST_SKIP() << "its allocator keeps what was freed";
#endif
  constexpr int kMost = 400;  // megabytes that are sent if nobody ends it
  ASSERT_TRUE(Get(server_->address()).ok());
  const int64_t before = ResidentBytes();
  std::string megabyte;
  while (megabyte.size() < 1 << 20) {
    megabyte += Frame(9, 0, 1, Header("a", std::string(100, 'b')));
  }
  RawClient client(static_cast<uint16_t>(server_->port()));
  ASSERT_TRUE(client.Send(Http2Greeting()));
  ASSERT_TRUE(client.Send(Frame(1, 0, 1, CallHeaders(kGetCampaign))));
  int sent = 0;
  while (sent < kMost && client.Send(megabyte)) ++sent;
  EXPECT_LT(sent, kMost) << "nobody ended it";
  EXPECT_LT(ResidentBytes() - before, int64_t{kMost} << 20);
  EXPECT_TRUE(Get(server_->address()).ok());
}

// gRPC keeps what flow control holds back: 3 MB for each of 250 calls here.
TEST_F(ServerLimitsTest, AConnectionThatAsksAndDoesNotReadIsEnded) {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  GTEST_SKIP() << "its allocator keeps what was freed";
#endif
  Create();
  StoreErrors(40, 100'000);
  ASSERT_TRUE(Get(server_->address()).ok());
  const int64_t before = ResidentBytes();
  v1::ListTrialsRequest request;
  request.set_parent("campaigns/c1");
  request.set_page_size(1000);
  const std::string bytes = request.SerializeAsString();
  const std::string message =
      std::string(4, '\0') + static_cast<char>(bytes.size()) + bytes;
  std::string calls = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  // SETTINGS_INITIAL_WINDOW_SIZE 0 (RFC 9113, section 6.5.2).
  calls += Frame(4, 0, 0, std::string("\0\4\0\0\0\0", 6));
  for (uint32_t i = 0; i < 250; ++i) {
    calls += Frame(1, 4, 2 * i + 1,
                   CallHeaders("/isoshape.v1.CampaignService/ListTrials"));
    calls += Frame(0, 1, 2 * i + 1, message);
  }
  RawClient client(static_cast<uint16_t>(server_->port()));
  ASSERT_TRUE(client.Send(calls));
  // Frames without an answer, until it is ended.
  int pings = 0;
  while (pings < 1000 && client.Send(Frame(0x77, 0, 0, "x"))) {
    ASSERT_TRUE(Get(server_->address()).ok());
    ++pings;
  }
  EXPECT_LT(pings, 1000) << "nobody ended it";
  EXPECT_LT(GoneBack(before), int64_t{1} << 30);
}

TEST_F(ServerLimitsTest, AUnixSocketIsAnAddressForItsOwner) {
  server_.reset();
  const std::string path = folder_.File("s.sock");
  const std::string address = "unix:" + path;
  // A coordinator that was killed left its file.
  LeaveDeadSocket(path);
  auto first = Server::Start(OptionsAt(address));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ((*first)->address(), address);
  struct stat file = {};
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_TRUE(S_ISSOCK(file.st_mode));
  EXPECT_EQ(file.st_mode & 0777, 0700u);
  EXPECT_TRUE(Get(address).ok());
  Server::Options other = OptionsAt(address);
  other.db += '2';
  const auto second = Server::Start(other);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr("stop what listens there"));
  EXPECT_TRUE(Get(address).ok());
  first->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

// A coordinator that stands still, as under SIGSTOP, is one all the same.
TEST_F(ServerLimitsTest, AUnixSocketWhoseQueueIsFullIsNeitherTakenNorAwaited) {
  server_.reset();
  const std::string path = folder_.File("s.sock");
  const FullSocket full(path);
  const absl::Status status = Server::Start(OptionsAt("unix:" + path)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(status.message(), HasSubstr("stop what listens there"));
  EXPECT_TRUE(std::filesystem::is_socket(path));
}

TEST_F(ServerLimitsTest, APathThatCanBeNoSocketIsSaidToBeThat) {
  server_.reset();
  const auto refused = [&](const std::string& path) {
    const absl::Status status =
        Server::Start(OptionsAt("unix:" + path)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    return std::string(status.message());
  };
  const std::string file = folder_.Write("plain", "text");
  EXPECT_THAT(refused(file),
              HasSubstr("the file is there and is no socket; remove the file"));
  EXPECT_TRUE(std::filesystem::is_regular_file(file));
  EXPECT_THAT(refused(folder_.File("none/s.sock")),
              HasSubstr("its folder is not there; make the folder"));
  const std::string at = "unix:/" + std::string(107, 's');
  EXPECT_EQ(Server::Start(OptionsAt(at)).status(),
            absl::InvalidArgumentError(
                "--address " + at +
                ": the path has 108 bytes, and a Unix socket takes at most "
                "107; name a shorter one"));
}

TEST(ProcessLimits, AFileThatMayNotGrowFailsTheWriteAndNotTheProcess) {
  const auto before = signal(SIGXFSZ, SIG_DFL);
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const TempFolder folder;
  const std::string path = folder.File("limited");
  std::FILE* const file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  IgnoreFileSizeSignal();
  const rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);
  const ssize_t written = write(fileno(file), "x", 1);
  const int error = errno;
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, before);
  EXPECT_EQ(written, -1);
  EXPECT_EQ(error, EFBIG);
  std::fclose(file);
}

}  // namespace
}  // namespace isoshape
