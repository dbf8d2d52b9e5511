#include "cli/commands/campaigns/imported_runs.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/net/request_id.h"
#include "messages/campaign/campaign_space.h"
#include "messages/trial/import_request.h"
#include "shape/accounting.h"
#include "shape/search_space.h"

namespace isoshape {
namespace {

// Parameters of a shape and of a file that are of one model: files count biases
// and norms or leave them out.
constexpr double kSameModel = 0.05;

template <typename Values>
bool AllDiffer(const Values& values) {
  return !values.empty() &&
         std::set(values.begin(), values.end()).size() == values.size();
}

std::string SourceOf(const Runs& runs, const std::string& name, bool by_run,
                     bool by_line, size_t row) {
  if (by_run) return absl::StrCat(name, ":", runs.run[row]);
  if (by_line) return absl::StrCat(name, ":", runs.line[row]);
  return absl::StrCat(name, "#", row + 1);
}

// The seed that a text is, or 0: the column may hold anything.
int64_t SeedOf(const Runs& runs, size_t row) {
  int64_t seed = 0;
  if (runs.seed.empty() || !absl::SimpleAtoi(runs.seed[row], &seed)) return 0;
  return std::max<int64_t>(0, seed);
}

// Of `runs[12].tokens …`, 12.
std::optional<size_t> RefusedOf(const absl::Status& status, size_t runs) {
  if (!absl::IsInvalidArgument(status) && !absl::IsAlreadyExists(status)) {
    return std::nullopt;
  }
  absl::string_view text = status.message();
  const size_t at = text.find("runs[");
  if (at == absl::string_view::npos) return std::nullopt;
  text.remove_prefix(at + 5);
  size_t index = 0;
  if (!absl::SimpleAtoi(text.substr(0, text.find(']')), &index) ||
      index >= runs) {
    return std::nullopt;
  }
  return index;
}

// Without the place in a request that people never saw.
std::string WithoutPlace(const absl::Status& status) {
  absl::string_view text = status.message();
  const size_t end = text.find("]");
  if (end != absl::string_view::npos) text.remove_prefix(end + 1);
  absl::ConsumePrefix(&text, ":");
  absl::ConsumePrefix(&text, ".");
  return std::string(absl::StripPrefix(text, " "));
}

}  // namespace

std::vector<v1::ImportedRun> ToImportedRuns(const Runs& runs,
                                            const std::string& name) {
  const bool by_run =
      AllDiffer(runs.run) &&
      std::none_of(runs.run.begin(), runs.run.end(),
                   [](const std::string& one) { return one.empty(); });
  const bool by_line = AllDiffer(runs.line);
  std::vector<v1::ImportedRun> imported(runs.rows());
  for (size_t row = 0; row < runs.rows(); ++row) {
    v1::ImportedRun& run = imported[row];
    run.set_source(SourceOf(runs, name, by_run, by_line, row));
    run.set_validation_loss(runs.loss[row]);
    if (!runs.loss_stderr.empty() && runs.loss_stderr[row] > 0) {
      run.set_validation_loss_stderr(runs.loss_stderr[row]);
    }
    if (!runs.params.empty()) run.set_parameters(runs.params[row]);
    run.set_tokens(runs.tokens[row]);
    if (!runs.flops.empty()) run.set_flops(runs.flops[row]);
    run.set_seed(SeedOf(runs, row));
  }
  return imported;
}

std::string AddShapes(const v1::Campaign& campaign, const Runs& runs,
                      std::vector<v1::ImportedRun>& imported) {
  if (!runs.has_shapes() || runs.params.empty()) return "";
  const SearchSpace space = SpaceOfCampaign(campaign);
  constexpr char kWithout[] = "depth and width are not imported: ";
  std::vector<double> ratios;
  for (size_t row = 0; row < runs.rows(); ++row) {
    const Shape shape = ShapeInSpace(space, std::llround(runs.depth[row]),
                                     std::llround(runs.width[row]));
    std::string problem = ShapeProblem(shape);
    if (problem.empty()) problem = HeadsProblem(shape);
    if (!problem.empty()) {
      return absl::StrFormat("%s%s is no shape of the campaign's space (%s)",
                             kWithout, ShapeLabel(shape), problem);
    }
    ratios.push_back(static_cast<double>(CountParameters(shape).total()) /
                     runs.params[row]);
  }
  const auto middle =
      ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  if (std::abs(*middle - 1) > kSameModel) {
    return absl::StrFormat(
        "%sthe shapes that the campaign's space makes of them (vocabulary %d, "
        "context %d, head_dim %d) have %.3g times the parameters of the file "
        "in the median, so they are of other models; make the campaign with "
        "the --preset, --vocab, --context and --head-dim of these",
        kWithout, space.base.vocab, space.base.context, space.base.head_dim,
        *middle);
  }
  for (size_t row = 0; row < runs.rows(); ++row) {
    v1::Shape& shape = *imported[row].mutable_shape();
    shape.set_depth(std::llround(runs.depth[row]));
    shape.set_width(std::llround(runs.width[row]));
  }
  return "depth and width are imported, and N is FLOPs per token / 6 of each "
         "shape in the campaign's space";
}

absl::StatusOr<ImportOutcome> ImportRuns(
    Client& client, const std::string& campaign,
    const std::vector<v1::ImportedRun>& runs) {
  ImportOutcome outcome;
  size_t begin = 0;
  size_t end = 0;
  while (begin < runs.size()) {
    if (end <= begin)
      end = std::min(runs.size(), begin + size_t{kMaxImportedRuns});
    v1::ImportTrialsRequest request;
    request.set_parent(campaign);
    request.set_request_id(NewRequestId());
    request.mutable_runs()->Add(
        runs.begin() + static_cast<std::ptrdiff_t>(begin),
        runs.begin() + static_cast<std::ptrdiff_t>(end));
    const auto answer =
        client.Call(&Client::CampaignStub::ImportTrials, request);
    if (answer.ok()) {
      outcome.known += static_cast<size_t>(answer->known());
      outcome.added +=
          static_cast<size_t>(answer->trials_size() - answer->known());
      begin = end;
      continue;
    }
    const std::optional<size_t> refused =
        RefusedOf(answer.status(), end - begin);
    if (!refused) return answer.status();
    if (*refused > 0) {  // those before it were found good
      end = begin + *refused;
      continue;
    }
    outcome.refused.push_back({begin, WithoutPlace(answer.status())});
    end = ++begin;
  }
  return outcome;
}

}  // namespace isoshape
