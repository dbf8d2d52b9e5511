// What is written to standard error is ours: whatever happens to the programs,
// none of the lines that gRPC, protobuf, OpenSSL or Ceres write of it.
#include <cmath>
#include <cstdint>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "tests/http_client.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class LibraryLogTest : public ServiceTest {
 protected:
  // How a program ended, and the lines that it wrote to standard error.
  struct Ended {
    std::string ending;
    std::vector<std::string> errors;
  };

  static Ended ToItsEnd(ChildProcess& process) {
    Ended ended;
    for (std::string line; !(line = Line(process)).empty();) {
      ExpectOurs(line);
      ended.errors.push_back(line);
    }
    process.Stop(kPatience);
    ended.ending = process.Ending();
    return ended;
  }
  Ended Run(const std::vector<std::string>& arguments) const {
    const auto process = StartHeard(arguments);
    return process == nullptr ? Ended() : ToItsEnd(*process);
  }
  std::vector<std::string> WorkerAt(const std::string& server) const {
    return {ISOSHAPE_WORKER,
            "--server",
            server,
            "--data",
            absl::StrCat("text=", (folder_ / "text.txt").string()),
            "--slots",
            "1",
            "--device",
            "cpu",
            "--trainer",
            absl::StrCat("exec python3 ", ISOSHAPE_FAKE_TRAINER, " succeed")};
  }
  // A worker that is told to end once it has said that.
  Ended RunWorkerUntil(const std::string& said, const std::string& server) {
    const auto worker = StartHeard(WorkerAt(server));
    if (worker == nullptr) return {};
    std::string line;
    while (!absl::StrContains(line = Line(*worker), said) && !line.empty()) {
      ExpectOurs(line);
    }
    EXPECT_THAT(line, HasSubstr(said));
    EXPECT_EQ(kill(worker->pid(), SIGTERM), 0);
    return ToItsEnd(*worker);
  }
  // All that a program has written into its log.
  void ExpectLogIsOurs(const std::string& name) const {
    for (const auto& line : absl::StrSplit(Log(name), '\n')) {
      if (!line.empty()) ExpectOurs(std::string(line));
    }
  }
  static void ExpectOurs(const std::string& line) {
    static const std::regex ours(
        "isoshape(-[a-z]+)?: .+|(note|warning): .+|"
        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}[+-]\\d\\d:\\d\\d "
        "(debug|info|warning|error) .+");
    EXPECT_TRUE(std::regex_match(line, ours)) << line;
    // Sources of libraries, by which their lines name their place.
    EXPECT_FALSE(std::regex_search(line, std::regex("\\.(cc|cpp|c):\\d+")))
        << line;
  }
  // A certificate for 127.0.0.1 that signs itself, and its key.
  std::pair<std::string, std::string> Certificate(const std::string& name) {
    const std::string cert = (folder_ / (name + ".pem")).string();
    const std::string key = (folder_ / (name + ".key")).string();
    const Ended made =
        Run({"sh", "-c",
             absl::StrCat("openssl req -x509 -newkey ec -pkeyopt "
                          "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
                          "/CN=localhost -addext subjectAltName=IP:127.0.0.1 "
                          "-keyout ",
                          key, " -out ", cert, " 2>/dev/null")});
    EXPECT_EQ(made.ending, "exit code 0");
    return {cert, key};
  }
};

TEST_F(LibraryLogTest, NobodyListens) {
  StartCoordinator();
  Kill(*coordinator_);  // a port that was free a moment ago
  const Ended list =
      Run({ISOSHAPE_PROGRAM, "campaign", "list", "--server", address_});
  EXPECT_EQ(list.ending, "exit code 1");
  ASSERT_THAT(list.errors, SizeIs(1));
  EXPECT_THAT(list.errors[0], HasSubstr("no coordinator answers at"));
  const Ended worker =
      RunWorkerUntil("no answer from the coordinator", address_);
  EXPECT_EQ(worker.ending, "exit code 75");  // nobody said that nothing is left
}

TEST_F(LibraryLogTest, TheOtherSideSpeaksAnotherKindOfTls) {
  const auto [cert, key] = Certificate("own");
  const auto [other, other_key] = Certificate("other");
  std::string secure;
  const auto tls =
      Serve("secure", "30s", {"--tls-cert", cert, "--tls-key", key}, &secure);
  ASSERT_NE(tls, nullptr);
  StartCoordinator();
  const std::vector<std::string> list = {ISOSHAPE_PROGRAM, "campaign", "list",
                                         "--server"};
  const auto refused = [&](const std::string& ca, const std::string& server) {
    environment_ = {absl::StrCat("ISOSHAPE_TLS_CA=", ca)};
    std::vector<std::string> arguments = list;
    arguments.push_back(server);
    const Ended ended = Run(arguments);
    EXPECT_EQ(ended.ending, "exit code 1");
    EXPECT_THAT(ended.errors, SizeIs(1));
    RunWorkerUntil("trying again until it answers", server);
    return ended.errors.empty() ? "" : ended.errors[0];
  };
  EXPECT_THAT(refused("", secure), HasSubstr("speaks TLS"));
  EXPECT_THAT(refused(other, secure), HasSubstr("certificate"));
  EXPECT_THAT(refused(cert, address_), HasSubstr("speaks no TLS"));
  ExpectLogIsOurs("secure");
  ExpectLogIsOurs("coordinator");
}

TEST_F(LibraryLogTest, APeerIsKilledInTheMiddle) {
  StartCoordinator("2s");
  CreateCampaign();
  StartWorker("a", "hold");
  WatchUntilLeasedTo("a");
  Kill(Worker("a"));
  Kill(*coordinator_);
  ExpectLogIsOurs("a");
  ExpectLogIsOurs("coordinator");
  StartCoordinator("2s");
  StartWorker("b", "succeed");
  WatchUntilCompleted();
  ExpectLogIsOurs("b");
  ExpectLogIsOurs("coordinator");
}

TEST_F(LibraryLogTest, StrangersKnock) {
  StartCoordinator();
  int port = 0;
  ASSERT_TRUE(absl::SimpleAtoi(
      absl::string_view(address_).substr(address_.find(':') + 1), &port));
  for (const std::string bytes :
       {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01 rubbish", ""}) {
    RawClient client(static_cast<uint16_t>(port));
    ASSERT_TRUE(client.connected());
    ASSERT_TRUE(client.Send(bytes));
  }
  // Protobuf writes a line of each text that is not UTF-8.
  v1::GetCampaignRequest request;
  request.set_name("campaigns/caf\xe9");
  grpc::ClientContext context;
  v1::Campaign campaign;
  EXPECT_EQ(stub_->GetCampaign(&context, request, &campaign).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  coordinator_->Stop(kPatience);
  EXPECT_EQ(coordinator_->Ending(), "exit code 0");
  ExpectLogIsOurs("coordinator");
}

TEST_F(LibraryLogTest, TheAddressOrTheFileIsTaken) {
  StartCoordinator();
  const Ended port = Run({ISOSHAPE_COORDINATOR, "--address", address_, "--db",
                          (folder_ / "other.db").string()});
  EXPECT_EQ(port.ending, "exit code 1");
  ASSERT_THAT(port.errors, SizeIs(1));
  EXPECT_THAT(port.errors[0], HasSubstr("--address"));
  const Ended file =
      Run({ISOSHAPE_COORDINATOR, "--address", "127.0.0.1:0", "--http", "off",
           "--db", (folder_ / "coordinator.db").string()});
  EXPECT_EQ(file.ending, "exit code 1");
  ASSERT_THAT(file.errors, SizeIs(1));
  EXPECT_THAT(file.errors[0], HasSubstr("coordinator.db"));
}

// Runs that fix no law: one number of tokens to each parameter, and one depth.
TEST_F(LibraryLogTest, AFitIsSingular) {
  const std::string ladder = (folder_ / "ladder.csv").string();
  std::ofstream file(ladder);
  file << "params,tokens,loss,depth,width\n";
  for (int i = 0; i < 10; ++i) {
    const double params = std::round(1e7 * std::pow(1.6245, i));
    file << absl::StrCat(
        params, ",", 20 * params, ",",
        1.8 + 400 * std::pow(params, -.34) + 2000 * std::pow(20 * params, -.36),
        ",1,", 64 * (i + 1), "\n");
  }
  file.close();
  for (const char* law :
       {"parametric", "shape", "levine", "surface", "isoflop", "envelope"}) {
    Run({ISOSHAPE_PROGRAM, "fit", "--input", ladder, "--law", law,
         "--bootstrap", "20"});
  }
  Run({ISOSHAPE_PROGRAM, "predict", "--input", ladder, "--compute", "1e21",
       "--bootstrap", "20"});
}

// The coordinator's own reason, and not that nobody answers; one line of it in
// the coordinator's log; and once there is room all goes on.
TEST_F(LibraryLogTest, TheDiskIsFull) {
  const std::filesystem::path disk = folder_ / "disk";
  std::filesystem::create_directory(disk);
  // A file system that the coordinator alone sees.
  before_ = {"/usr/bin/unshare",
             "--mount",
             "/bin/sh",
             "-c",
             "mount -t tmpfs -o size=2m none \"$0\" && exec \"$@\"",
             disk.string()};
  std::vector<std::string> attempt = before_;
  attempt.emplace_back("true");
  if (Run(attempt).ending != "exit code 0") {
    GTEST_SKIP() << "no file systems of one's own for this user";
  }
  coordinator_ = Serve("disk/coordinator", "30s", {"--http", "off"}, &address_);
  ASSERT_NE(coordinator_, nullptr);
  stub_ = v1::CampaignService::NewStub(MakeChannel(address_));
  CreateCampaign();
  const std::string filler = absl::StrCat("/proc/", coordinator_->pid(),
                                          "/root", disk.string(), "/filler");
  const int file = open(filler.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  ASSERT_GE(file, 0) << filler;
  const std::string page(4096, 'x');
  while (write(file, page.data(), page.size()) > 0) {
  }
  close(file);
  const std::vector<std::string> pause = {
      ISOSHAPE_PROGRAM, "campaign", "pause", "c1", "--server", address_};
  const Ended full = Run(pause);
  EXPECT_EQ(full.ending, "exit code 1");
  ASSERT_THAT(full.errors, SizeIs(1));
  EXPECT_THAT(full.errors[0], AllOf(HasSubstr("disk is full"),
                                    Not(HasSubstr("no coordinator answers"))));
  ASSERT_TRUE(std::filesystem::remove(filler));
  EXPECT_EQ(Run(pause).ending, "exit code 0");
  ExpectLogIsOurs("disk/coordinator");
  const std::vector<std::string> told =
      absl::StrSplit(Log("disk/coordinator"), "disk is full");
  EXPECT_THAT(told, SizeIs(2)) << Log("disk/coordinator");
}

}  // namespace
}  // namespace isoshape
