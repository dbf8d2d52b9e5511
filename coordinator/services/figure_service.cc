#include "coordinator/services/figure_service.h"

#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/grpc_status.h"
#include "common/status/out_of_memory.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "coordinator/analysis/campaign_figure.h"
#include "coordinator/services/cached_call.h"
#include "coordinator/services/handler.h"
#include "coordinator/services/table_reads.h"
#include "coordinator/table/matching_rows.h"
#include "coordinator/table/trial_columns.h"
#include "coordinator/table/trial_filter.h"
#include "figures/parts/figure_options.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

absl::Status Check(const v1::GetFigureRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(request.campaign()));
  ISOSHAPE_RETURN_IF_ERROR(CheckFigureRequest(request));
  return ParseTrialFilter(request.filter()).status();
}

// Rounds the vertical values of what was measured as the table does: losses, or
// how far these are off a law. In a figure of thousands of runs they are most
// of its bytes, and nobody sees an eighth digit.
void RoundMeasured(v1::Figure& figure) {
  for (v1::FigurePanel& panel : *figure.mutable_panels()) {
    for (v1::FigureSeries& series : *panel.mutable_series()) {
      if (series.role() != v1::FigureSeries::MEASURED) continue;
      for (auto* column : {series.mutable_y(), series.mutable_y_lower(),
                           series.mutable_y_upper()}) {
        for (double& value : *column) value = Rounded(value);
      }
    }
  }
}

// FigureOfResults, as it is sent.
absl::StatusOr<v1::Figure> DrawnFigure(const CampaignResults& results,
                                       const v1::GetFigureRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Figure figure,
                            FigureOfResults(results, request));
  RoundMeasured(figure);
  return figure;
}

using TrialNumbers = std::unordered_set<int64_t>;

// The trials that match, as the table has them: it alone has what compares a
// trial with others.
absl::StatusOr<TrialNumbers> MatchingTrials(
    TableCache& tables, const v1::GetFigureRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialFilter filter,
                            ParseTrialFilter(request.filter()));
  absl::Status read;
  TrialNumbers numbers;
  tables.ReadNow(request.campaign(), [&](const absl::Status& status,
                                         const TrialTable& table, int64_t) {
    read = status;
    if (!status.ok()) return;
    read = UnlessOutOfMemory([&] {
      for (const size_t row : MatchingRows(table, filter, {})) {
        numbers.insert(static_cast<int64_t>(table.Number(row, 0)));
      }
      return absl::OkStatus();
    });
  });
  ISOSHAPE_RETURN_IF_ERROR(read);
  return numbers;
}

bool IsAmong(const TrialNumbers& numbers, const v1::Trial& trial) {
  const absl::StatusOr<TrialName> name = ParseTrialName(trial.name());
  return name.ok() && numbers.contains(name->number);
}

// A figure that rests on the trials alone that match the request's filter; its
// basis counts these.
absl::StatusOr<v1::Figure> Filtered(Store& store, TableCache& tables,
                                    const v1::GetFigureRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialNumbers numbers,
                            MatchingTrials(tables, request));
  const absl::StatusOr<CampaignResults> all = ReadCampaignResults(
      store, request.campaign(),
      [&](const v1::Trial& trial) { return IsAmong(numbers, trial); });
  const absl::StatusOr<const CampaignResults*> results =
      all.ok() ? ChosenResults(*all, {.variant = request.variant(),
                                      .imported = request.imported()})
               : all.status();
  if (absl::IsFailedPrecondition(results.status())) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no search trial of %s that succeeded matches the filter '%s'; widen "
        "it",
        request.campaign(), OneLine(request.filter())));
  }
  if (!results.ok()) return results.status();
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Figure figure, DrawnFigure(**results, request));
  v1::DataBasis& basis = *figure.mutable_basis();
  basis.set_trials((*results)->trials);
  basis.set_points(static_cast<int>((*results)->runs.rows()));
  figure.set_title(
      absl::StrCat(figure.title(), ", ", OneLine(request.filter())));
  return figure;
}

// The curves that a figure asks for.
v1::ListCurvesRequest CurvesOf(const v1::Campaign& campaign,
                               const v1::GetFigureRequest& request) {
  v1::ListCurvesRequest curves;
  curves.set_parent(request.campaign());
  *curves.mutable_trials() = request.trials();
  std::string filter = request.filter();
  if (request.budget_flops() > 0) {
    absl::StrAppendFormat(&filter, "%sbudget_flops=%.17g",
                          filter.empty() ? "" : " ", request.budget_flops());
  }
  if (!request.variant().empty() && !campaign.variants().empty()) {
    absl::StrAppend(&filter, filter.empty() ? "" : " ",
                    "variant=", request.variant());
  }
  curves.set_filter(filter);
  // Trials that are named are all drawn.
  if (!request.trials().empty()) curves.set_max_curves(request.trials_size());
  return curves;
}

// A figure of curves, while these are read.
struct AskedCurves {
  v1::Campaign campaign;
  v1::ListCurvesRequest request;
  v1::ListCurvesResponse response;
};

}  // namespace

std::vector<AnalysisQuestion> FigureService::StandingQuestions(
    const std::string& campaign) {
  v1::GetFigureRequest request;
  request.set_campaign(campaign);
  request.set_kind(v1::Figure::ISOFLOP);
  return {MakeQuestion(request, &DrawnFigure)};
}

absl::StatusOr<v1::Figure> FigureService::Progress(
    const v1::GetFigureRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            options_.store->GetCampaign(request.campaign()));
  ISOSHAPE_RETURN_IF_ERROR(FindVariant(campaign, request.variant()).status());
  TrialNumbers numbers;
  if (!request.filter().empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(numbers,
                              MatchingTrials(*options_.tables, request));
  }
  std::vector<v1::Trial> trials;
  const auto sequence = options_.store->VisitTrials(
      campaign.name(), "", [&](const v1::Trial& trial) {
        if (!request.variant().empty() &&
            VariantOf(trial) != request.variant()) {
          return;
        }
        if (request.filter().empty() || IsAmong(numbers, trial)) {
          trials.push_back(trial);
        }
      });
  ISOSHAPE_RETURN_IF_ERROR(sequence.status());
  return ProgressOfTrials(campaign, trials, options_.clock->Now(), request);
}

void FigureService::Curves(const v1::GetFigureRequest& request,
                           v1::Figure* response,
                           grpc::ServerUnaryReactor* reactor) {
  const auto asked = std::make_shared<AskedCurves>();
  const absl::Status known = UnlessOutOfMemory([&]() -> absl::Status {
    ISOSHAPE_ASSIGN_OR_RETURN(asked->campaign,
                              options_.store->GetCampaign(request.campaign()));
    asked->request = CurvesOf(asked->campaign, request);
    return FindVariant(asked->campaign, request.variant()).status();
  });
  if (!known.ok()) return reactor->Finish(ToGrpcStatus(known));
  ReadCurves(
      *options_.store, *options_.tables, asked->request, &asked->response,
      [asked, &request, response, reactor](absl::Status status) {
        if (status.ok()) {
          status = UnlessOutOfMemory([&]() -> absl::Status {
            ISOSHAPE_ASSIGN_OR_RETURN(
                *response,
                FigureOfCurves(asked->campaign, asked->response, request));
            return absl::OkStatus();
          });
        }
        reactor->Finish(ToGrpcStatus(status));
      });
}

grpc::ServerUnaryReactor* FigureService::GetFigure(
    grpc::CallbackServerContext* context, const v1::GetFigureRequest* request,
    v1::Figure* response) {
  const absl::Status checked = Check(*request);
  if (!checked.ok()) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(checked));
    return reactor;
  }
  if (request->kind() == v1::Figure::PROGRESS) {
    return Read(options_.reads, options_.callers, context, response,
                [this, request] { return Progress(*request); });
  }
  if (request->kind() == v1::Figure::CURVES) {
    return ReadAside(options_.reads, options_.callers, context,
                     [=, this](grpc::ServerUnaryReactor* reactor) {
                       Curves(*request, response, reactor);
                     });
  }
  if (request->filter().empty()) {
    return AnswerFromCache(options_.cache, MakeQuestion(*request, &DrawnFigure),
                           response);
  }
  return AnswerFromCache(
      options_.cache,
      MakeQuestion(
          *request,
          [store = options_.store, tables = options_.tables](
              const CampaignResults&, const v1::GetFigureRequest& plain) {
            return Filtered(*store, *tables, plain);
          }),
      response);
}

}  // namespace isoshape
