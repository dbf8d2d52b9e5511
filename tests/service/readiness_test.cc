// What a probe of Kubernetes or of a person is told by a worker.
#include <cstdint>
#include <regex>
#include <string>

#include "absl/strings/match.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "tests/http_client.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

class WorkerProbeTest : public ServiceTest {
 protected:
  void StartProbedWorker(const std::string& id, const std::string& mode) {
    StartWorker(id, mode, 1, {"--http", "127.0.0.1:0"});
  }
  // The answer to GET /readyz; empty if there is none.
  std::string Probe(const std::string& id) const {
    const std::string log = Log(id);
    std::smatch found;
    if (!std::regex_search(
            log, found,
            std::regex("probes: http://127\\.0\\.0\\.1:(\\d+)/readyz"))) {
      return "";
    }
    RawClient client(static_cast<uint16_t>(std::stoi(found[1])));
    if (!client.connected()) return "";
    EXPECT_TRUE(client.Send(
        "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    return client.ReadAll();
  }
  // Probes until the answer says that.
  void ProbeUntil(const std::string& id, const std::string& status,
                  const std::string& body) const {
    const absl::Time deadline = absl::Now() + kPatience;
    std::string answer;
    do {
      answer = Probe(id);
      if (absl::StartsWith(answer, "HTTP/1.1 " + status) &&
          absl::StrContains(answer, body)) {
        return;
      }
    } while (absl::Now() < deadline);
    ADD_FAILURE() << id << " says at last: " << answer;
  }
};

TEST_F(WorkerProbeTest, AWorkerIsReadyAsLongAsItCanBeGivenTrials) {
  StartCoordinator("2s");
  CreateCampaign();
  StartProbedWorker("a", "hold");
  WatchUntilLeasedTo("a");
  ProbeUntil("a", "200", "ready\n");
  Kill(*coordinator_);
  ProbeUntil("a", "503", "the coordinator has not answered for ");
  StartCoordinator("2s");
  ProbeUntil("a", "200", "ready\n");

  const auto workers = v1::WorkerService::NewStub(MakeChannel(address_));
  v1::DrainWorkerRequest drain;
  drain.set_name("workers/a");
  grpc::ClientContext context;
  v1::Worker drained;
  ASSERT_TRUE(workers->DrainWorker(&context, drain, &drained).ok());
  ProbeUntil("a", "503", "draining");
}

}  // namespace
}  // namespace isoshape
