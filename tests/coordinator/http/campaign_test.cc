// Tables, curves and events over HTTP.
#include <map>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/coordinator/http/http_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;

TEST_F(HttpTest, TableIsColumnsWithTheirSequence) {
  Create();
  const std::string answer =
      Get("/v1/campaigns/c1/table?columns=number,state,validation_loss"
          "&filter=state:pending+number%3C3");
  ASSERT_EQ(StatusOf(answer), 200) << answer;
  const nlohmann::json table = Json(answer);
  EXPECT_EQ(table["total"], 3);
  EXPECT_EQ(table["matching"], 2);
  EXPECT_GE(table["sequence"], 4);
  EXPECT_EQ(table["columns"][0]["name"], "number");
  EXPECT_EQ(table["columns"][0]["numbers"], nlohmann::json({1, 2}));
  EXPECT_EQ(table["columns"][1]["texts"], nlohmann::json({"pending"}));
  EXPECT_EQ(table["columns"][1]["codes"], nlohmann::json({0, 0}));
  EXPECT_EQ(table["columns"][2]["numbers"], nlohmann::json({nullptr, nullptr}));
}

TEST_F(HttpTest, TablesComeInPages) {
  Create();
  nlohmann::json page = Json(Get("/v1/campaigns/c1/table?page_size=2"));
  EXPECT_EQ(page["columns"][0]["numbers"], nlohmann::json({1, 2}));
  EXPECT_EQ(page["matching"], 3);
  const std::string token = page["next_page_token"];
  page = Json(Get(
      absl::StrCat("/v1/campaigns/c1/table?page_size=2&page_token=", token)));
  EXPECT_EQ(page["columns"][0]["numbers"], nlohmann::json({3}));
  EXPECT_EQ(page["next_page_token"], "");
  EXPECT_EQ(StatusOf(Get(absl::StrCat("/v1/campaigns/c1/table?filter=depth%3E1"
                                      "&page_token=",
                                      token))),
            400);
}

TEST_F(HttpTest, WhoHasTheTableIsToldSoUntilSomethingHappens) {
  Create();
  const auto etag = [](const std::string& answer) {
    const size_t at = answer.find("ETag: ");
    return answer.substr(at + 6, answer.find("\r\n", at) - at - 6);
  };
  const std::string first = Get("/v1/campaigns/c1/table");
  const std::string has = absl::StrCat("If-None-Match: ", etag(first), "\r\n");
  const std::string again = Get("/v1/campaigns/c1/table", has);
  EXPECT_EQ(StatusOf(again), 304);
  EXPECT_EQ(BodyOf(again), "");
  Register();
  LeaseOne();
  const std::string later = Get("/v1/campaigns/c1/table", has);
  EXPECT_EQ(StatusOf(later), 200);
  EXPECT_NE(etag(later), etag(first));
  EXPECT_EQ(Json(later)["columns"][1]["texts"],
            nlohmann::json({"leased", "pending"}));
}

TEST_F(HttpTest, WhoSaysWhatHeHeardIsGivenWhatOthersWereGivenSince) {
  Create();
  constexpr char kMethod[] = "CampaignService/ListTrialTable";
  constexpr char kBody[] = R"({"parent":"campaigns/c1"})";
  const auto as_of = [&](const std::string& sequence) {
    return Post(absl::StrCat(kMethod, "?as_of=", sequence), kBody);
  };
  const nlohmann::json first = Json(Post(kMethod, kBody));
  const int64_t heard = first["sequence"];
  Register();
  LeaseOne();
  // Nothing that he has heard of is newer than what was made before.
  EXPECT_EQ(Json(as_of(absl::StrCat(heard))), first);
  const nlohmann::json later = Json(as_of(absl::StrCat(heard + 1)));
  EXPECT_GT(later["sequence"], heard);
  EXPECT_EQ(later["columns"][1]["texts"],
            nlohmann::json({"leased", "pending"}));
  // Of whom nothing is known is given the newest.
  EXPECT_EQ(Json(Post(kMethod, kBody)), later);
  const std::string refused = as_of("then");
  EXPECT_EQ(StatusOf(refused), 400);
  EXPECT_THAT(Json(refused)["message"].get<std::string>(),
              HasSubstr("as_of 'then' is no sequence"));
}

TEST_F(HttpTest, WhatIsUnknownIsNamed) {
  Create();
  const auto error = [&](const char* target, int status) {
    const std::string answer = Get(target);
    EXPECT_EQ(StatusOf(answer), status) << target << answer;
    return Json(answer)["message"].get<std::string>();
  };
  EXPECT_THAT(error("/v1/campaigns/none/table", 404),
              HasSubstr("campaigns/none"));
  EXPECT_THAT(error("/v1/campaigns/c1/nothing", 404), HasSubstr("nothing"));
  EXPECT_THAT(error("/v1/campaigns/a%20b/table", 400),
              HasSubstr("'campaigns/a b'"));
  EXPECT_THAT(error("/v1/campaigns/..%2fc1/table", 404),
              HasSubstr("nothing at"));
  EXPECT_THAT(error("/v1/campaigns/c1/table?columns=depht", 400),
              HasSubstr("did you mean 'depth'?"));
  EXPECT_THAT(error("/v1/campaigns/c1/table?filter=depht%3E4", 400),
              HasSubstr("(at 1)"));
  EXPECT_THAT(error("/v1/campaigns/c1/table?colums=depth", 400),
              HasSubstr("did you mean 'columns'?"));
  EXPECT_THAT(error("/v1/campaigns/c1/table?page_size=x", 400),
              HasSubstr("field page_size"));
  EXPECT_THAT(error("/v1/campaigns/c1/table?page_size=100001", 400),
              HasSubstr("100001"));
  EXPECT_THAT(error("/v1/campaigns/c1/curves?max_points=3", 400),
              HasSubstr("max_points"));
  EXPECT_THAT(error("/v1/events?after=x", 400), HasSubstr("no sequence"));
  EXPECT_THAT(error("/v1/events?campaigns=none", 404), HasSubstr("none"));
  EXPECT_THAT(error("/v1/events?interval_ms=1", 400), HasSubstr("interval_ms"));
}

TEST_F(HttpTest, CurvesAreThinnedAndSaySo) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  auto report = For<v1::ReportMeasurementsRequest>(lease);
  for (int step = 1; step <= 100; ++step) {
    v1::Measurement& point = *report.add_measurements();
    point.set_step(step);
    point.set_tokens(int64_t{100} * step);
    point.set_train_loss(step == 57 ? 99 : 5 - step * 0.01);
    if (step % 50 == 0) point.set_validation_loss(3);
  }
  Workers(&v1::WorkerService::Stub::ReportMeasurements, report);
  const nlohmann::json curves =
      Json(Get("/v1/campaigns/c1/curves?max_points=20&filter=state:running"));
  EXPECT_EQ(curves["matching"], 1);
  const nlohmann::json& curve = curves["curves"][0];
  EXPECT_EQ(curve["trial"], 1);
  EXPECT_EQ(curve["state"], "leased");
  EXPECT_EQ(curve["points"], 100);
  EXPECT_LE(curve["tokens"].size(), 20u);
  EXPECT_EQ(curve["tokens"].front(), 100);
  EXPECT_EQ(curve["tokens"].back(), 10'000);
  EXPECT_EQ(curve["train_loss"].size(), curve["tokens"].size());
  EXPECT_THAT(curve["train_loss"].get<std::vector<double>>(),
              testing::Contains(99));
  EXPECT_EQ(std::count(curve["validation_loss"].begin(),
                       curve["validation_loss"].end(), 3),
            2);
}

TEST_F(HttpTest, FiguresAreFilesOfTheCampaign) {
  Create();
  Register();
  while (true) {
    const std::vector<v1::Lease> leases = Lease(LeaseRequest("a"));
    if (leases.empty()) break;
    Workers(&v1::WorkerService::Stub::CompleteTrial, Success(leases[0]));
  }
  // A figure is renewed by itself, so that what is read later may rest on more
  // trials: from here on this one rests on all of them.
  const std::string newest = Post("FigureService/GetFigure",
                                  R"({"campaign": "campaigns/c1",
               "kind": "isoflop", "wait_for_newest": true})");
  ASSERT_EQ(StatusOf(newest), 200) << newest;
  const std::string json =
      Get("/v1/campaigns/c1/figures/isoflop.json?level=0.9");
  ASSERT_EQ(StatusOf(json), 200) << json;
  EXPECT_EQ(Json(json)["kind"], "isoflop");
  const std::string csv = Get("/v1/campaigns/c1/figures/isoflop.csv");
  ASSERT_EQ(StatusOf(csv), 200) << csv;
  EXPECT_THAT(csv, HasSubstr("Content-Type: text/csv"));
  EXPECT_THAT(csv, HasSubstr("sandbox"));
  EXPECT_EQ(BodyOf(Get("/v1/campaigns/c1/figures/isoflop.csv")), BodyOf(csv));
  for (const auto& [file, status] :
       std::map<std::string, int>{{"isoflop.bmp", 404},
                                  {"isoflop", 404},
                                  {"isoflap.json", 400},
                                  {"isoflop.json?levle=0.9", 400},
                                  {"isoflop.json?level=2", 400},
                                  {"isoflop.svg?width=x", 400},
                                  {"isoflop.svg?theme=pink", 400},
                                  {"..%2fisoflop.json", 400}}) {
    EXPECT_EQ(StatusOf(Get(absl::StrCat("/v1/campaigns/c1/figures/", file))),
              status)
        << file;
  }
}

TEST_F(HttpTest, ReportIsOneFileOfNoOrigin) {
  Create();
  const std::string answer = Get("/v1/campaigns/c1/report.html");
  ASSERT_EQ(StatusOf(answer), 200) << answer;
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("sandbox allow-scripts allow-downloads; "
                                "frame-ancestors 'none'\r\n"));
  EXPECT_THAT(BodyOf(answer), testing::StartsWith("<!doctype html>"));
  EXPECT_EQ(StatusOf(Get("/v1/campaigns/none/report.html")), 404);
}

TEST_F(HttpTest, PlainPagesEscapeWhatWorkersSay) {
  EXPECT_THAT(Get("/plain/"), HasSubstr("There is no campaign yet"));
  Create();
  Register();
  auto failed = For<v1::CompleteTrialRequest>(LeaseOne());
  failed.set_state(v1::Trial::FAILED);
  failed.set_error("<script>alert('1')</script> & \"more\" \xE2\x80\xAE");
  Workers(&v1::WorkerService::Stub::CompleteTrial, failed);
  EXPECT_THAT(Get("/plain/"),
              HasSubstr("<a href=\"/plain/campaigns/c1\">c1</a>"));
  const std::string page = Get("/plain/campaigns/c1");
  EXPECT_EQ(StatusOf(page), 200);
  EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; "
                              "&amp; &quot;more&quot; &lt;U+202E&gt;"));
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'; "
                              "style-src 'unsafe-inline'; img-src 'self';"));
  EXPECT_EQ(StatusOf(Get("/plain/campaigns/none")), 404);
  EXPECT_EQ(StatusOf(Get("/plain/<script>")), 404);
}

// The events of one connection.
class EventReader {
 public:
  EventReader(uint16_t port, const std::string& target,
              const std::string& headers)
      : client_(port) {
    client_.Send(HttpText("GET", target, headers));
    head_ = client_.ReadUntil("\r\n\r\n");
  }
  const std::string& head() const { return head_; }
  // The next batch, and its id.
  nlohmann::json Next(std::string* id) {
    while (true) {
      const std::string text = client_.ReadUntil("\n\n");
      if (text.empty()) return nullptr;
      for (const absl::string_view line : absl::StrSplit(text, '\n')) {
        if (absl::StartsWith(line, "id: ")) *id = std::string(line.substr(4));
        if (absl::StartsWith(line, "data: ")) {
          return nlohmann::json::parse(line.substr(6).begin(),
                                       line.substr(6).end());
        }
      }
    }
  }

 private:
  RawClient client_;
  std::string head_;
};

TEST_F(HttpTest, EventsTellWhatChanges) {
  Create();
  EventReader events(port_, "/v1/events?columns=number,state&interval_ms=50",
                     "");
  EXPECT_EQ(StatusOf(events.head()), 200);
  EXPECT_THAT(events.head(), HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(events.head(), HasSubstr("Cache-Control: no-store\r\n"));
  std::string id;
  const nlohmann::json first = events.Next(&id);
  EXPECT_EQ(absl::StrCat(first["sequence"].get<int64_t>()), id);
  EXPECT_TRUE(first["changes"].empty());
  Register();
  LeaseOne();
  const nlohmann::json next = events.Next(&id);
  EXPECT_EQ(next["changes"][0]["campaign"]["name"], "campaigns/c1");
  EXPECT_EQ(next["changes"][0]["trials"], nlohmann::json({1}));
  EXPECT_EQ(next["changes"][0]["columns"][1]["texts"],
            nlohmann::json({"leased"}));
  server_->Stop();
  EXPECT_EQ(events.Next(&id), nullptr);
}

TEST_F(HttpTest, QuietStreamsBeat) {
  HttpLimits limits;
  limits.heartbeat = absl::Milliseconds(20);
  RestartWith(limits);
  RawClient client(port_);
  client.Send(HttpText("GET", "/v1/events"));
  // The first batch may come before the first beat or after it.
  EXPECT_THAT(client.ReadUntil("\"reset\":false}\n\n"),
              HasSubstr("retry: 1000\n"));
  EXPECT_EQ(client.ReadUntil(":\n\n"), ":\n\n");
  EXPECT_EQ(client.ReadUntil(":\n\n"), ":\n\n");
}

TEST_F(HttpTest, StreamsLeaveRoomForRequests) {
  HttpLimits limits;
  limits.streams = 2;
  RestartWith(limits);
  EventReader a(port_, "/v1/events", "");
  EventReader b(port_, "/v1/events", "");
  EXPECT_EQ(StatusOf(Get("/v1/events")), 503);
  EXPECT_EQ(StatusOf(Get("/healthz")), 200);
}

TEST_F(HttpTest, StreamsOfWhoHasEndedSendingGiveTheirPlaceBack) {
  HttpLimits limits;
  limits.streams = 1;
  RestartWith(limits);
  for (int i = 0; i < 3; ++i) {
    RawClient client(port_);
    client.Send(HttpText("GET", "/v1/events"));
    ASSERT_EQ(StatusOf(client.ReadUntil("\"reset\":false}\n\n")), 200) << i;
    client.EndSending();
    client.ReadAll();  // until the coordinator ends it
  }
}

// From the table on, over lost connections and restarts of the coordinator, who
// applies the events has the table.
TEST_F(HttpTest, EventsResumeWithoutAHole) {
  Create();
  Register();
  std::mt19937 random(7);
  const auto table = [&](std::string* sequence) {
    const nlohmann::json read =
        Json(Get("/v1/campaigns/c1/table?columns=number,state"));
    *sequence = absl::StrCat(read["sequence"].get<int64_t>());
    std::map<int, std::string> states;
    for (size_t i = 0; i < read["columns"][0]["numbers"].size(); ++i) {
      states[read["columns"][0]["numbers"][i]] =
          read["columns"][1]["texts"]
              [read["columns"][1]["codes"][i].get<int>()];
    }
    return states;
  };
  std::string id;
  std::map<int, std::string> states = table(&id);
  std::unique_ptr<EventReader> events;
  const auto apply = [&] {
    const nlohmann::json batch = events->Next(&id);
    ASSERT_FALSE(batch["reset"].get<bool>());
    for (const nlohmann::json& change : batch["changes"]) {
      const nlohmann::json& columns = change["columns"];
      for (size_t i = 0; i < change["trials"].size(); ++i) {
        states[change["trials"][i]] =
            columns[1]["texts"][columns[1]["codes"][i].get<int>()];
      }
    }
  };
  for (int step = 0; step < 60; ++step) {
    switch (random() % 8) {
      case 0:
        events.reset();
        break;
      case 1:
        events.reset();
        Start();
        ReadPort();
        Register();
        break;
      case 2:
      case 3:
        if (events == nullptr) {
          events = std::make_unique<EventReader>(
              port_,
              "/v1/events?campaigns=c1&columns=number,state&interval_ms=50",
              absl::StrCat("Last-Event-ID: ", id, "\r\n"));
          apply();
        }
        break;
      default: {
        const std::vector<v1::Lease> leases = Lease(LeaseRequest("a"));
        if (leases.empty()) break;
        if (random() % 2 == 0) {
          Workers(&v1::WorkerService::Stub::CompleteTrial, Success(leases[0]));
        } else {
          auto release = For<v1::ReleaseTrialRequest>(leases[0]);
          Workers(&v1::WorkerService::Stub::ReleaseTrial, release);
        }
      }
    }
  }
  std::string sequence;
  const std::map<int, std::string> want = table(&sequence);
  if (events == nullptr) {
    events = std::make_unique<EventReader>(
        port_, "/v1/events?campaigns=c1&columns=number,state&interval_ms=50",
        absl::StrCat("Last-Event-ID: ", id, "\r\n"));
  }
  int64_t told = 0;
  int64_t newest = 0;
  ASSERT_TRUE(absl::SimpleAtoi(sequence, &newest));
  while (absl::SimpleAtoi(id, &told) && told < newest) apply();
  EXPECT_EQ(states, want);
}

}  // namespace
}  // namespace isoshape
