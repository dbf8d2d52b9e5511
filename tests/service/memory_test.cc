// What a coordinator does that has no memory left.
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/http_client.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class MemoryTest : public ServiceTest {
 protected:
  void StartWithHttp() {
    coordinator_ =
        Serve("coordinator", "30s", {"--http", "127.0.0.1:0"}, &address_);
    ASSERT_NE(coordinator_, nullptr);
    stub_ = v1::CampaignService::NewStub(MakeChannel(address_));
    // dashboard: http://127.0.0.1:40124/
    const std::string line = Line(*coordinator_);
    uint32_t port = 0;
    ASSERT_TRUE(absl::SimpleAtoi(
        absl::StripSuffix(line.substr(line.rfind(':') + 1), "/"), &port))
        << line;
    port_ = static_cast<uint16_t>(port);
  }
  // Brings so many thousand runs to the campaign.
  void Import(int thousands) {
    v1::ImportTrialsRequest request;
    request.set_parent("campaigns/c1");
    for (int call = 0; call < thousands; ++call) {
      request.clear_runs();
      for (int i = 0; i < 1000; ++i) {
        v1::ImportedRun& run = *request.add_runs();
        run.set_source(absl::StrCat("run-", call, "-", i));
        run.set_validation_loss(3 - 1e-5 * i);
        run.set_parameters(1e6 + i);
        run.set_tokens(1e8 + call);
      }
      grpc::ClientContext context;
      v1::ImportTrialsResponse response;
      const grpc::Status status =
          stub_->ImportTrials(&context, request, &response);
      ASSERT_TRUE(status.ok()) << status.error_message();
    }
  }
  // The table of all trials from some number on, in all columns: an answer of
  // its own for each number.
  std::string TableFrom(int number) const {
    constexpr char kColumns[] =
        "number,state,purpose,variant,depth,width,heads,ffn_width,aspect_ratio,"
        "budget_flops,flops,seed,steps,tokens,parameters,size,validation_loss,"
        "train_loss,loss_above_best,tokens_per_size,step_seconds,wall_seconds,"
        "decode_seconds,peak_memory_bytes,lost_leases,retries,source,"
        "create_time,start_time,end_time,last_loss,reason,error,engine,worker";
    return HttpText("GET", absl::StrCat("/v1/campaigns/c1/table?columns=",
                                        kColumns, "&filter=number%3E", number));
  }

  uint16_t port_ = 0;
};

TEST_F(MemoryTest, WhoAsksForMoreThanThereIsIsToldSoAndTheOthersAreServed) {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  GTEST_SKIP() << "AddressSanitizer has an address space of its own";
#endif
  // What a coordinator takes of addresses, most of it never used, and some
  // more.
  before_ = {"/bin/sh", "-c", "ulimit -v 2000000; exec \"$@\"", "sh"};
  StartWithHttp();
  CreateCampaign();
  Import(60);
  RawClient first(port_);
  first.Send(TableFrom(0));
  ASSERT_EQ(StatusOf(first.ReadResponse()), 200);
  // Each answer has 16 MB, more than sockets hold, and those that are made
  // first are read last.
  std::vector<RawClient> clients;
  for (int i = 1; i <= 40; ++i) {
    clients.emplace_back(port_);
    ASSERT_TRUE(clients.back().Send(TableFrom(i)));
  }
  int refused = 0;
  while (!clients.empty()) {
    const std::string answer = clients.back().ReadResponse();
    clients.pop_back();
    const int status = StatusOf(answer);
    ASSERT_THAT(status, AnyOf(200, 503)) << answer.substr(0, 500);
    if (status == 200) continue;
    ++refused;
    EXPECT_THAT(answer, HasSubstr("\"retry_delay\":\"1s\""));
    EXPECT_EQ(BodyOf(answer).find('\n'), BodyOf(answer).size() - 1);
  }
  EXPECT_GT(refused, 0);
  RawClient after(port_);
  after.Send(HttpText("GET", "/healthz"));
  EXPECT_EQ(StatusOf(after.ReadResponse()), 200);
  grpc::ClientContext context;
  v1::ListCampaignsResponse response;
  const grpc::Status listed =
      stub_->ListCampaigns(&context, v1::ListCampaignsRequest(), &response);
  EXPECT_TRUE(listed.ok()) << listed.error_message();
}

}  // namespace
}  // namespace isoshape
