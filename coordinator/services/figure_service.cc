#include "coordinator/services/figure_service.h"

#include "absl/status/status.h"
#include "common/grpc_status.h"
#include "common/status_macros.h"
#include "coordinator/analysis/campaign_figure.h"
#include "coordinator/services/cached_call.h"
#include "figures/parts/figure_options.h"

namespace isoshape {
namespace {

absl::Status Check(const v1::GetFigureRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckFigureRequest(request));
  if (!request.filter().empty()) {
    return absl::UnimplementedError(
        "filter is not built yet; leave it out to draw all trials");
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* FigureService::GetFigure(
    grpc::CallbackServerContext* context, const v1::GetFigureRequest* request,
    v1::Figure* response) {
  const absl::Status checked = Check(*request);
  if (!checked.ok()) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(checked));
    return reactor;
  }
  return AnswerFromCache(cache_, MakeQuestion(*request, &FigureOfResults),
                         context, response);
}

}  // namespace isoshape
