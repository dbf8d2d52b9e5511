#include "report/report_data.h"

#include <chrono>

#include "common/grpc_status.h"
#include "common/status_macros.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/figure_service.grpc.pb.h"

namespace isoshape {
namespace {

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
constexpr const char* kPrivateColumns[] = {"worker", "device_name", "error"};

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
  data.table = ReadTable(*campaigns, options);

  const auto about = [&](auto request) {
    request.set_campaign(options.campaign);
    request.set_wait_for_newest(true);
    return request;
  };
  using Analysis = v1::AnalysisService::Stub;
  data.best = Call(*analysis, &Analysis::ListBestShapes,
                   about(v1::ListBestShapesRequest()));
  data.prediction = Call(*analysis, &Analysis::PredictShape,
                         about(v1::PredictShapeRequest()));
  for (const v1::FitLawRequest::Law law :
       {v1::FitLawRequest::LAW_ISOFLOP, v1::FitLawRequest::LAW_PARAMETRIC}) {
    v1::FitLawRequest request = about(v1::FitLawRequest());
    request.set_law(law);
    data.laws.push_back(Call(*analysis, &Analysis::FitLaw, request));
  }
  for (int kind = v1::Figure::ISOFLOP; v1::Figure::Kind_IsValid(kind); ++kind) {
    v1::GetFigureRequest request = about(v1::GetFigureRequest());
    request.set_kind(static_cast<v1::Figure::Kind>(kind));
    data.figures.emplace_back(
        request.kind(),
        Call(*figures, &v1::FigureService::Stub::GetFigure, request));
  }
  return data;
}

}  // namespace isoshape
