#include "report/report_data.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/status/grpc_status.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/figure_service.grpc.pb.h"
#include "messages/json/enum_name.h"

namespace isoshape {
namespace {

// Of a figure: on 150 mm more are a blot, and a report is to be sent around.
constexpr int kMarks = 2000;

// Fits with many resamples take their time.
constexpr std::chrono::seconds kDeadline{120};

// Columns of the table of trials, those of most use first.
constexpr const char* kColumns[] = {"number",
                                    "state",
                                    "purpose",
                                    "depth",
                                    "width",
                                    "aspect_ratio",
                                    "budget_flops",
                                    "flops",
                                    "seed",
                                    "size",
                                    "parameters",
                                    "tokens",
                                    "validation_loss",
                                    "validation_loss_stderr",
                                    "loss_above_best",
                                    "train_loss",
                                    "tokens_per_size",
                                    "step_seconds",
                                    "tokens_per_second",
                                    "peak_memory_bytes",
                                    "decode_seconds",
                                    "excluded",
                                    "failure"};
// What may name machines or people: left out if the report is redacted.
constexpr const char* kPrivateColumns[] = {"worker", "device_name", "error",
                                           "source"};

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                           const Request&,
                                                           Response*),
                              const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

// The rows of all pages as one.
absl::StatusOr<v1::ListTrialTableResponse> ReadTable(
    v1::CampaignService::Stub& campaigns, const ReportOptions& options) {
  v1::ListTrialTableRequest request;
  request.set_parent(options.campaign);
  for (const char* column : kColumns) request.add_columns(column);
  if (!options.redact) {
    for (const char* column : kPrivateColumns) request.add_columns(column);
  }
  v1::ListTrialTableResponse all;
  do {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const v1::ListTrialTableResponse page,
        Call(campaigns, &v1::CampaignService::Stub::ListTrialTable, request));
    if (all.columns_size() == 0) {
      all = page;
    } else {
      for (int i = 0; i < page.columns_size(); ++i) {
        v1::TrialColumn& column = *all.mutable_columns(i);
        const int known = column.texts_size();
        column.mutable_numbers()->MergeFrom(page.columns(i).numbers());
        column.mutable_texts()->MergeFrom(page.columns(i).texts());
        for (const int code : page.columns(i).codes()) {
          column.add_codes(code + known);
        }
      }
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

// The texts of a column, a row each; none if it is not there.
std::vector<std::string> TextsOf(const v1::ListTrialTableResponse& table,
                                 absl::string_view name) {
  std::vector<std::string> texts;
  for (const v1::TrialColumn& column : table.columns()) {
    if (column.name() != name) continue;
    for (const int code : column.codes()) texts.push_back(column.texts(code));
  }
  return texts;
}

// `runs.csv` of `runs.csv:12` and of `runs.csv#12`.
std::string FileOfSource(const std::string& source) {
  const size_t end = source.find_last_of(":#");
  return end == std::string::npos ? "" : source.substr(0, end);
}

// Places that runs are from, beyond which they are counted alone: those of an
// import over the API may be as many as the runs.
constexpr size_t kMaxImportedFrom = 8;

// What was imported, by the table. Its column `source` goes if no trial has
// one.
void CountImported(ReportData& data) {
  if (!data.table.ok()) return;
  const std::vector<std::string> purposes = TextsOf(*data.table, "purpose");
  const std::vector<std::string> sources = TextsOf(*data.table, "source");
  size_t checks = 0;
  std::set<std::string> known;
  for (size_t row = 0; row < purposes.size(); ++row) {
    if (purposes[row] == "verification") ++checks;
    if (purposes[row] != "imported") continue;
    ++data.imported;
    if (row >= sources.size()) continue;
    const std::string file = FileOfSource(sources[row]);
    const std::string& from = file.empty() ? sources[row] : file;
    if (from.empty() || !known.insert(from).second) continue;
    data.imported_by_files = data.imported_by_files && !file.empty();
    if (known.size() <= kMaxImportedFrom) {
      data.imported_from.push_back(from);
    } else {
      ++data.more_imported_from;
    }
  }
  data.imported_alone =
      data.imported > 0 &&
      static_cast<size_t>(data.imported) + checks == purposes.size();
  if (data.imported > 0) return;
  auto& columns = *data.table->mutable_columns();
  columns.erase(std::remove_if(columns.begin(), columns.end(),
                               [](const v1::TrialColumn& column) {
                                 return column.name() == "source";
                               }),
                columns.end());
}

// A part of the data, and how it is read.
struct Part {
  std::string name;
  std::function<void()> read;
};

// Reads the parts in order, kAtOnce at a time: each may take seconds of one
// processor of the coordinator, which fits what two of them share only once.
void ReadParts(const std::vector<Part>& parts, const ReportOptions& options) {
  constexpr size_t kAtOnce = 2;
  const auto total = static_cast<int>(parts.size());
  absl::Mutex mutex;
  size_t next = 0;
  int done = 0;
  const auto work = [&] {
    while (true) {
      const Part* part = nullptr;
      {
        absl::MutexLock lock(&mutex);
        if (next == parts.size()) return;
        part = &parts[next++];
        if (options.progress) options.progress(done, total, part->name);
      }
      part->read();
      absl::MutexLock lock(&mutex);
      ++done;
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < kAtOnce; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
}

}  // namespace

absl::StatusOr<ReportData> ReadReportData(
    const std::shared_ptr<grpc::ChannelInterface>& channel,
    const ReportOptions& options) {
  const auto campaigns = v1::CampaignService::NewStub(channel);
  const auto analysis = v1::AnalysisService::NewStub(channel);
  const auto figures = v1::FigureService::NewStub(channel);
  ReportData data;
  v1::GetCampaignRequest campaign;
  campaign.set_name(options.campaign);
  ISOSHAPE_ASSIGN_OR_RETURN(
      data.campaign,
      Call(*campaigns, &v1::CampaignService::Stub::GetCampaign, campaign));

  const auto about = [&](auto request) {
    request.set_campaign(options.campaign);
    request.set_wait_for_newest(true);
    if constexpr (requires { request.imported(); }) {
      request.set_imported(options.imported);
    }
    return request;
  };
  using Analysis = v1::AnalysisService::Stub;
  std::vector<Part> parts = {
      {"the trials", [&] { data.table = ReadTable(*campaigns, options); }},
      {"the best shapes",
       [&] {
         data.best = Call(*analysis, &Analysis::ListBestShapes,
                          about(v1::ListBestShapesRequest()));
       }},
      {"the prediction", [&] {
         data.prediction = Call(*analysis, &Analysis::PredictShape,
                                about(v1::PredictShapeRequest()));
       }}};
  constexpr v1::FitLawRequest::Law kLaws[] = {
      v1::FitLawRequest::LAW_ISOFLOP, v1::FitLawRequest::LAW_PARAMETRIC};
  data.laws.resize(std::size(kLaws), absl::UnavailableError("not asked"));
  for (size_t i = 0; i < std::size(kLaws); ++i) {
    parts.push_back({absl::StrCat("the law ", EnumName(kLaws[i])), [&, i] {
                       v1::FitLawRequest request = about(v1::FitLawRequest());
                       request.set_law(kLaws[i]);
                       data.laws[i] =
                           Call(*analysis, &Analysis::FitLaw, request);
                     }});
  }
  for (int kind = v1::Figure::ISOFLOP; v1::Figure::Kind_IsValid(kind); ++kind) {
    data.figures.emplace_back(static_cast<v1::Figure::Kind>(kind),
                              absl::UnavailableError("not asked"));
  }
  for (auto& figure : data.figures) {
    parts.push_back(
        {absl::StrCat("the figure ", EnumName(figure.first)), [&] {
           v1::GetFigureRequest request = about(v1::GetFigureRequest());
           request.set_kind(figure.first);
           request.set_max_marks(kMarks);
           figure.second =
               Call(*figures, &v1::FigureService::Stub::GetFigure, request);
         }});
  }
  ReadParts(parts, options);
  CountImported(data);
  return data;
}

}  // namespace isoshape
