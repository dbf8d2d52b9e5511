#include "coordinator/services/table_reads.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/field_checks.h"
#include "common/status/out_of_memory.h"
#include "common/status/status_macros.h"
#include "coordinator/services/page_token.h"
#include "coordinator/table/matching_rows.h"
#include "coordinator/table/thin_curve.h"
#include "coordinator/table/trial_columns.h"
#include "messages/checks/field_limits.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr int kMaxRows = 100'000;
constexpr int kMaxNumbers = 10'000;
constexpr int kMaxCurves = 1000;
// The most points of all curves of an answer together.
constexpr int kMaxPoints = 1'000'000;

absl::Status CheckNumbers(absl::string_view field,
                          const google::protobuf::RepeatedField<int64_t>& given,
                          int most) {
  if (given.size() <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " has ", given.size(),
                                                 " numbers; give at most ",
                                                 most, ", or none for all"));
}

// A request for a table, checked.
struct TableQuery {
  std::vector<int> columns;
  TrialFilter filter;
  std::vector<int64_t> numbers;
  std::string listing;  // in page tokens
  int64_t after = 0;
  int size = 0;
};

absl::StatusOr<TableQuery> ParseQuery(
    const v1::ListTrialTableRequest& request) {
  TableQuery query;
  ISOSHAPE_RETURN_IF_ERROR(CheckFields(request));
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(request.parent()));
  google::protobuf::RepeatedPtrField<std::string> names = request.columns();
  if (names.empty()) {
    for (const char* name :
         {"number", "state", "budget_flops", "size", "validation_loss"}) {
      names.Add(name);
    }
  }
  ISOSHAPE_ASSIGN_OR_RETURN(query.columns, FindTrialColumns(names));
  ISOSHAPE_ASSIGN_OR_RETURN(query.filter, ParseTrialFilter(request.filter()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckNumbers("numbers", request.numbers(), kMaxNumbers));
  query.numbers.assign(request.numbers().begin(), request.numbers().end());
  query.listing = absl::StrCat("table ", request.parent(), " of ",
                               request.numbers_size(), " ", request.filter());
  ISOSHAPE_ASSIGN_OR_RETURN(
      query.size, CheckPageSize(request.page_size(), kMaxRows, kMaxRows));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const auto after, ParseNumberToken(query.listing, request.page_token()));
  query.after = after.value_or(0);
  return query;
}

void WriteTable(const TableQuery& query, const TrialTable& table,
                v1::ListTrialTableResponse* response) {
  std::vector<size_t> rows = MatchingRows(table, query.filter, query.numbers);
  response->set_total(static_cast<int32_t>(table.rows()));
  response->set_matching(static_cast<int32_t>(rows.size()));
  const size_t first = table.RowFrom(query.after + 1);
  rows.erase(rows.begin(), std::lower_bound(rows.begin(), rows.end(), first));
  if (rows.size() > static_cast<size_t>(query.size)) {
    rows.resize(query.size);
    response->set_next_page_token(MakePageToken(
        query.listing,
        absl::StrCat(static_cast<int64_t>(table.Number(rows.back(), 0)))));
  }
  for (const int column : query.columns) {
    table.Write(column, rows, response->add_columns());
  }
}

// A request for curves, checked.
struct CurveQuery {
  std::string campaign;
  TrialFilter filter;
  std::vector<int64_t> numbers;
  int max_curves = 0;
  int max_points = 0;
  int64_t min_tokens = 0;
  int64_t max_tokens = 0;
};

absl::StatusOr<CurveQuery> ParseQuery(const v1::ListCurvesRequest& request) {
  CurveQuery query;
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignName(request.parent()));
  query.campaign = request.parent();
  ISOSHAPE_ASSIGN_OR_RETURN(query.filter, ParseTrialFilter(request.filter()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckNumbers("trials", request.trials(), kMaxCurves));
  query.numbers.assign(request.trials().begin(), request.trials().end());
  query.max_curves = request.max_curves() == 0 ? 200 : request.max_curves();
  query.max_points = request.max_points() == 0 ? 200 : request.max_points();
  query.min_tokens = request.min_tokens();
  query.max_tokens = request.max_tokens() == 0
                         ? std::numeric_limits<int64_t>::max()
                         : request.max_tokens();
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("max_curves", query.max_curves, 1, kMaxCurves));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("max_points", query.max_points, 4, 10'000));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("min_tokens", query.min_tokens, 0,
                                        std::numeric_limits<int64_t>::max()));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("max_tokens", query.max_tokens,
                                        query.min_tokens,
                                        std::numeric_limits<int64_t>::max()));
  return query;
}

// In the words of gRPC's own limit, of which clients ask for less.
absl::Status TooManyPoints() {
  return absl::ResourceExhaustedError(absl::StrCat(
      "the curves have more than ", kMaxPoints,
      " points together, which is larger than max; ask for fewer trials at "
      "once, or lower max_points"));
}

absl::StatusOr<std::vector<v1::Measurement>> ReadPoints(Store& store,
                                                        const CurveQuery& query,
                                                        int64_t number) {
  const std::string trial = MakeTrialName(query.campaign, number);
  std::vector<v1::Measurement> points;
  Page<int64_t> page = {.after = {}, .limit = 10'000};
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Measurement> read,
                              store.ListMeasurements(trial, page));
    if (read.empty()) return points;
    page.after = read.back().step();
    for (v1::Measurement& point : read) {
      if (point.tokens() >= query.min_tokens &&
          point.tokens() <= query.max_tokens) {
        points.push_back(std::move(point));
      }
    }
  }
}

double TrainLoss(const v1::Measurement& point) {
  return point.has_train_loss() ? point.train_loss() : kNone;
}

double ValidationLoss(const v1::Measurement& point) {
  return point.has_validation_loss() ? point.validation_loss() : kNone;
}

// The points to give: thinned by the training loss, and beside it, as it is
// measured more rarely, by the validation loss.
std::set<size_t> KeptPoints(const std::vector<v1::Measurement>& points,
                            size_t most) {
  std::vector<double> train;
  std::vector<double> validation;
  std::vector<size_t> evaluated;
  for (size_t i = 0; i < points.size(); ++i) {
    train.push_back(points[i].has_train_loss() ? TrainLoss(points[i])
                                               : ValidationLoss(points[i]));
    if (!points[i].has_validation_loss()) continue;
    evaluated.push_back(i);
    validation.push_back(ValidationLoss(points[i]));
  }
  const bool both = !evaluated.empty() && most >= 12;
  const size_t share = both ? most / 3 : 0;
  std::set<size_t> kept;
  if (points.size() <= most) {
    for (size_t i = 0; i < points.size(); ++i) kept.insert(i);
    return kept;
  }
  for (const size_t i : ThinCurve(train, most - share)) kept.insert(i);
  if (!both) return kept;
  for (const size_t i : ThinCurve(validation, share)) {
    kept.insert(evaluated[i]);
  }
  return kept;
}

// The curves of the rows that match, still without points.
void ListCurvesOf(const CurveQuery& query, const TrialTable& table,
                  v1::ListCurvesResponse* response) {
  static const int budget = TrialColumnIndex("budget_flops");
  static const int size = TrialColumnIndex("size");
  const std::vector<size_t> rows =
      MatchingRows(table, query.filter, query.numbers);
  response->set_matching(static_cast<int32_t>(rows.size()));
  for (const size_t row : SpreadRows(rows, query.max_curves)) {
    v1::Curve& curve = *response->add_curves();
    curve.set_trial(static_cast<int64_t>(table.Number(row, 0)));
    curve.set_budget_flops(table.Number(row, budget));
    curve.set_size(table.Number(row, size));
  }
}

absl::Status FillCurve(Store& store, const CurveQuery& query,
                       v1::Curve* curve) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Measurement> points,
                            ReadPoints(store, query, curve->trial()));
  curve->set_points(static_cast<int32_t>(points.size()));
  for (const size_t i : KeptPoints(points, query.max_points)) {
    const v1::Measurement& point = points[i];
    curve->add_tokens(point.tokens());
    curve->add_flops(point.flops());
    curve->add_train_loss(Rounded(TrainLoss(point)));
    curve->add_validation_loss(Rounded(ValidationLoss(point)));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::Trial trial,
      store.GetTrial(MakeTrialName(query.campaign, curve->trial())));
  curve->set_state(trial.state());
  *curve->mutable_branches() = trial.shape_card().branches();
  return absl::OkStatus();
}

}  // namespace

void ReadTrialTable(TableCache& tables,
                    const v1::ListTrialTableRequest& request,
                    v1::ListTrialTableResponse* response,
                    std::function<void(const absl::Status&)> done) {
  absl::StatusOr<TableQuery> query = ParseQuery(request);
  if (!query.ok()) return done(query.status());
  tables.Read(request.parent(),
              [query = *std::move(query), response, done = std::move(done)](
                  const absl::Status& status, const TrialTable& table,
                  int64_t sequence) {
                if (!status.ok()) return done(status);
                response->set_sequence(sequence);
                done(UnlessOutOfMemory([&] {
                  WriteTable(query, table, response);
                  return absl::OkStatus();
                }));
              });
}

void ReadCurves(Store& store, TableCache& tables,
                const v1::ListCurvesRequest& request,
                v1::ListCurvesResponse* response,
                std::function<void(const absl::Status&)> done) {
  absl::StatusOr<CurveQuery> parsed = ParseQuery(request);
  if (!parsed.ok()) return done(parsed.status());
  tables.Read(request.parent(), [&store, &tables, query = *std::move(parsed),
                                 response, done = std::move(done)](
                                    const absl::Status& status,
                                    const TrialTable& table, int64_t sequence) {
    if (!status.ok()) return done(status);
    response->set_sequence(sequence);
    const absl::Status listed = UnlessOutOfMemory([&] {
      ListCurvesOf(query, table, response);
      return absl::OkStatus();
    });
    if (!listed.ok()) return done(listed);
    tables.Add([&store, query, response, done] {
      done(UnlessOutOfMemory([&] {
        int points = 0;
        for (v1::Curve& curve : *response->mutable_curves()) {
          ISOSHAPE_RETURN_IF_ERROR(FillCurve(store, query, &curve));
          points += curve.tokens_size();
          if (points > kMaxPoints) return TooManyPoints();
        }
        return absl::OkStatus();
      }));
    });
  });
}

}  // namespace isoshape
