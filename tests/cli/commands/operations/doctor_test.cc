// `isoshape doctor`, by the built program.
#include "cli/local/doctor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/net/channel.h"
#include "coordinator/server.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "storage/open_store.h"
#include "tests/cli/run_program.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DoctorTest : public testing::Test {
 protected:
  // The findings, `verdict: text`, by what was looked at.
  std::map<std::string, std::string> Doctor(
      const std::vector<std::string>& flags, int* exit_code = nullptr) {
    const std::string trainer = "python3 " ISOSHAPE_FAKE_TRAINER " proper";
    std::vector<std::string> arguments = {"doctor", "--output", "json",
                                          "--trainer", trainer};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const ProgramResult result = RunIsoshape(arguments);
    if (exit_code != nullptr) *exit_code = result.exit_code;
    std::map<std::string, std::string> findings;
    const auto answer = nlohmann::json::parse(result.out, nullptr, false);
    EXPECT_FALSE(answer.is_discarded()) << result.out << result.err;
    if (answer.is_discarded()) return findings;
    for (const auto& finding : answer["findings"]) {
      findings[finding["what"]] = finding["verdict"].get<std::string>() + ": " +
                                  finding["text"].get<std::string>();
    }
    return findings;
  }

  const TempFolder folder_;
};

TEST_F(DoctorTest, SaysWhatIsNotThereYetAndHowToGetIt) {
  auto findings =
      Doctor({"--db", folder_.File("none.db"), "--server", "127.0.0.1:1"});
  EXPECT_THAT(findings["isoshape-coordinator"],
              HasSubstr("ok: isoshape-coordinator "));
  EXPECT_THAT(findings["trainer"], HasSubstr("ok: "));
  EXPECT_THAT(findings["machine"], HasSubstr("processors"));
  EXPECT_THAT(findings["gnuplot"], HasSubstr("ok: "));
  EXPECT_THAT(findings["database"],
              AllOf(HasSubstr("note: "), HasSubstr("is not there yet")));
  // Somebody says that it is there.
  EXPECT_THAT(findings["coordinator"],
              AllOf(HasSubstr("wrong: "), HasSubstr("isoshape serve")));
}

TEST_F(DoctorTest, ACoordinatorThatNobodyNamedNeedNotBeThere) {
  std::map<std::string, Finding> findings;
  Diagnose({.server = "127.0.0.1:1",
            .server_is_named = false,
            .database = folder_.File("none.db"),
            .trainer = {},
            .binaries = folder_.path()},
           [&](const Finding& one) { findings[one.what] = one; });
  EXPECT_EQ(findings["coordinator"].kind, Finding::Kind::kNote);
  EXPECT_THAT(findings["coordinator"].text, HasSubstr("isoshape serve"));
}

// Whichever address was named, and though none was.
TEST_F(DoctorTest, ACoordinatorThatHasTheDatabaseIsToBeNamed) {
  Server::Options options;
  options.db = folder_.File("running.db");
  options.address = "127.0.0.1:0";
  const auto server = Server::Start(options);
  ASSERT_TRUE(server.ok()) << server.status();
  // By another process, as the locks of the server's are this one's.
  auto findings = Doctor({"--db", options.db, "--server", "127.0.0.1:1"});
  EXPECT_THAT(findings["database"], HasSubstr("in use by a coordinator"));
  EXPECT_THAT(findings["coordinator"],
              AllOf(HasSubstr("wrong: "), HasSubstr("one has the database"),
                    HasSubstr("--server")));
}

TEST_F(DoctorTest, ADatabaseIsReadWholeIfNobodyUsesIt) {
  const std::string file = folder_.File("results.db");
  {
    auto store = OpenStore(file);
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Commit({PutCounter{"campaign", 7}}).ok());
  }
  EXPECT_THAT(Doctor({"--db", file})["database"],
              AllOf(HasSubstr("ok: "), HasSubstr("closed in order")));
  std::string bytes = ReadFile(file);
  bytes.replace(4096, 64, 64, '\xff');  // behind the header
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_THAT(Doctor({"--db", file})["database"],
              AllOf(HasSubstr("wrong: "), HasSubstr("is damaged (")));
}

TEST_F(DoctorTest, AFaultIsNamedAndEndsWithOne) {
  std::ofstream(folder_.File("text.db")) << std::string(4096, 'x');
  int exit_code = 0;
  auto findings = Doctor(
      {"--db", folder_.File("text.db"), "--server", "127.0.0.1:1"}, &exit_code);
  EXPECT_EQ(exit_code, 1);
  EXPECT_THAT(findings["database"],
              AllOf(HasSubstr("wrong: "), HasSubstr("not a SQLite database")));
  findings = Doctor(
      {"--db", folder_.File("no/folder/a.db"), "--server", "127.0.0.1:1"},
      &exit_code);
  EXPECT_EQ(exit_code, 1);
  EXPECT_THAT(findings["database's folder"],
              AllOf(HasSubstr("wrong: "), HasSubstr("cannot be written")));
}

TEST_F(DoctorTest, TellsOfWorkersAndOfCampaignsThatWait) {
  Server::Options options;
  options.db = folder_.File("running.db");
  options.address = "127.0.0.1:0";
  auto server = Server::Start(options);
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string address = "127.0.0.1:" + std::to_string((*server)->port());
  // A file of its own: the locks of the server's are this process's.
  const std::vector<std::string> flags = {"--db", folder_.File("none.db"),
                                          "--server", address};
  EXPECT_THAT(Doctor(flags)["workers"],
              AllOf(HasSubstr("note: none is connected"),
                    HasSubstr("isoshape worker --data")));

  const auto stub = v1::WorkerService::NewStub(MakeChannel(address));
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/w1");
  request.mutable_worker()->set_device("cpu");
  request.mutable_worker()->set_slots(1);
  request.mutable_worker()->set_version("isoshape-worker 0.0.1");
  request.mutable_worker()->add_datasets("text");
  grpc::ClientContext context;
  v1::RegisterWorkerResponse response;
  ASSERT_TRUE(stub->RegisterWorker(&context, request, &response).ok());
  ASSERT_EQ(RunIsoshape({"campaign", "create", "--id", "c1", "--budgets", "10G",
                         "--data", "code", "--server", address})
                .exit_code,
            0);
  auto findings = Doctor(flags);
  EXPECT_THAT(findings["coordinator"], HasSubstr("ok: " + address));
  EXPECT_THAT(findings["workers"],
              AllOf(HasSubstr("note: w1 (text)"),
                    HasSubstr("w1 is isoshape-worker 0.0.1")));
  EXPECT_THAT(findings["campaign c1"],
              AllOf(HasSubstr("note: trains nothing: "),
                    HasSubstr("no connected worker has data 'code'")));

  // All that these wait for is a slot, which the other campaign's trial has.
  for (const char* const id : {"c2", "c3"}) {
    ASSERT_EQ(RunIsoshape({"campaign", "create", "--id", id, "--budgets", "10G",
                           "--data", "text", "--server", address})
                  .exit_code,
              0);
  }
  v1::LeaseTrialsRequest lease;
  lease.set_worker("workers/w1");
  lease.set_max_trials(1);
  grpc::ClientContext leasing;
  v1::LeaseTrialsResponse leased;
  ASSERT_TRUE(stub->LeaseTrials(&leasing, lease, &leased).ok());
  ASSERT_EQ(leased.leases_size(), 1);
  const std::string of = leased.leases(0).trial().name().substr(
      std::string("campaigns/").size(), 2);
  findings = Doctor(flags);
  EXPECT_EQ(findings.count("campaign " + of), 0);
  EXPECT_THAT(findings[of == "c2" ? "campaign c3" : "campaign c2"],
              AllOf(HasSubstr("trains nothing: "),
                    HasSubstr("wait until a worker that can train them has a "
                              "free slot and asks; in training: 1 of " +
                              of)));
}

// Its trainer says nothing until somebody has been told of what comes before.
TEST_F(DoctorTest, EachFindingIsToldAsSoonAsItIsThere) {
  const std::string fifo = folder_.File("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  DoctorOptions options;
  options.server = "127.0.0.1:1";
  options.database = folder_.File("none.db");
  options.binaries = folder_.path();
  options.trainer.trainer = "read -r go < " + fifo +
                            " && exec python3 " ISOSHAPE_FAKE_TRAINER " proper";
  std::string trainer;
  Diagnose(options, [&](const Finding& finding) {
    if (finding.what == "isoshape-trainer") {
      // Opened for reading too, so that nobody waits.
      const int go = open(fifo.c_str(), O_RDWR | O_CLOEXEC);
      EXPECT_EQ(write(go, "go\n", 3), 3);
    }
    if (finding.what == "trainer") {
      trainer = finding.text;
      EXPECT_EQ(finding.kind, Finding::Kind::kOk) << finding.text;
    }
  });
  EXPECT_NE(trainer, "");
}

}  // namespace
}  // namespace isoshape
