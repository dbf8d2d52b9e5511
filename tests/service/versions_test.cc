// Programs and databases of different versions, as they are met by the programs
// themselves: what an upgrade that was half done looks like to who started it.
#include <grpcpp/grpcpp.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "tests/read_file.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// Stands between a worker of this build and its coordinator, and has it
// registered as the worker of another version.
class AnotherVersion final : public v1::WorkerService::Service {
 public:
  AnotherVersion(const std::string& coordinator, std::string version)
      : version_(std::move(version)),
        coordinator_(v1::WorkerService::NewStub(MakeChannel(coordinator))) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }

  const std::string& address() const { return address_; }

  grpc::Status RegisterWorker(grpc::ServerContext* /*context*/,
                              const v1::RegisterWorkerRequest* request,
                              v1::RegisterWorkerResponse* response) override {
    v1::RegisterWorkerRequest changed = *request;
    changed.mutable_worker()->set_version("isoshape-worker " + version_);
    grpc::ClientContext context;
    return coordinator_->RegisterWorker(&context, changed, response);
  }
  grpc::Status LeaseTrials(grpc::ServerContext* /*context*/,
                           const v1::LeaseTrialsRequest* request,
                           v1::LeaseTrialsResponse* response) override {
    grpc::ClientContext context;
    return coordinator_->LeaseTrials(&context, *request, response);
  }

 private:
  const std::string version_;
  const std::unique_ptr<v1::WorkerService::Stub> coordinator_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

class VersionsTest : public ServiceTest {
 protected:
  // How a worker called `id` ends that the coordinator takes for one of that
  // version, when it has nothing to do.
  std::string EndingAs(const std::string& version, const std::string& id) {
    const AnotherVersion between(address_, version);
    const std::string asked = std::exchange(address_, between.address());
    StartWorker(id, "succeed", 1, {"--exit-when-idle", "100ms"});
    address_ = asked;
    return EndingOf(id);
  }
};

TEST_F(VersionsTest, AWorkerOfAnotherMajorVersionEndsWithWhatToInstall) {
  StartCoordinator();
  EXPECT_THAT(EndingAs("99.0.0", "newer"), HasSubstr("exit code 1"));
  EXPECT_THAT(Log("newer"),
              HasSubstr("isoshape-worker 99.0.0 is newer than this "
                        "coordinator, "));
  EXPECT_THAT(Log("newer"), HasSubstr("upgrade the coordinator to 99.0.0, or "
                                      "install isoshape "));
}

TEST_F(VersionsTest, AnOlderWorkerWorksAndSaysWhatToInstall) {
  StartCoordinator();
  const std::string own = ISOSHAPE_VERSION;
  const std::string older = absl::StrCat(own.substr(0, own.find('.')), ".0.0");
  if (older == own) GTEST_SKIP() << "none of this major version is older";
  EXPECT_THAT(EndingAs(older, "older"), HasSubstr("exit code 0"));
  EXPECT_THAT(Log("older"),
              HasSubstr(absl::StrCat("the coordinator says: isoshape-worker ",
                                     older, " is older than this coordinator, ",
                                     own, ": install isoshape ", own)));
}

TEST_F(VersionsTest, ADatabaseOfANewerVersionIsRefusedAndStaysAsItIs) {
  StartCoordinator();
  CreateCampaign();
  coordinator_->Stop(kPatience);
  const std::string path = (folder_ / "coordinator.db").string();
  {
    // SQLite's user_version, most significant byte first
    // (sqlite.org/fileformat2.html, 1.3.9).
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60);
    file.write("\0\0\x03\xe7", 4);
  }
  const std::string before = ReadFile(path);
  const auto refused =
      StartHeard({ISOSHAPE_COORDINATOR, "--db", path, "--address",
                  "127.0.0.1:0", "--http", "off"});
  ASSERT_NE(refused, nullptr);
  EXPECT_THAT(Line(*refused),
              HasSubstr("has schema version 999, newer than this program's"));
  EXPECT_EQ(Line(*refused), "");
  EXPECT_EQ(refused->Ending(), "exit code 1");
  EXPECT_EQ(ReadFile(path), before);
}

}  // namespace
}  // namespace isoshape
