#include "claims/report.h"

#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "claims/verdict.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"

namespace isoshape {
namespace {

constexpr size_t kColumns = 120;

std::string ChanceText(double p) {
  return p < 1e-4 ? "below 0.0001" : absl::StrFormat("%.2g", p);
}

// A paragraph broken between words.
std::string Wrapped(absl::string_view text, absl::string_view indent = "") {
  std::string out;
  size_t column = 0;
  for (const absl::string_view word :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (column > 0 && column + 1 + word.size() > kColumns) {
      absl::StrAppend(&out, "\n", indent);
      column = indent.size();
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    absl::StrAppend(&out, word);
    column += word.size();
  }
  return out + "\n";
}

// A cell of a Markdown table.
std::string Cell(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}});
}

std::string PartRows(const v1::ClaimResult& result) {
  std::string rows = "| figure | measured, 95 % | verdict |\n|---|---|---|\n";
  for (int i = 0; i < result.parts_size(); ++i) {
    const v1::ClaimPart& part = result.claim().parts(i);
    absl::StrAppend(&rows, "| ", Cell(part.figure()), " | ",
                    Cell(EffectText(part, result.parts(i))), " | **",
                    VerdictText(result.parts(i)), "** |\n");
  }
  return rows;
}

// A line of its own, however long: a link is not broken.
std::string PictureText(const ReportPicture& picture) {
  return absl::StrCat("![", Cell(picture.caption), "](", picture.path, ")\n\n");
}

std::string ClaimText(const v1::ClaimResult& result,
                      const ReportExtras& extras) {
  const v1::Claim& claim = result.claim();
  std::string text =
      absl::StrCat("### ", claim.id(), "\n", Wrapped(claim.statement()));
  if (!claim.original().empty()) {
    absl::StrAppend(&text, "\n*", claim.original(), "*\n");
  }
  absl::StrAppend(&text, "\n", PartRows(result), "\n");
  for (int i = 0; i < result.parts_size(); ++i) {
    const std::vector<std::string> remarks = RemarksOn(result.parts(i));
    if (remarks.empty()) continue;
    absl::StrAppend(&text,
                    Wrapped(absl::StrCat("- ", claim.parts(i).name(), ": ",
                                         absl::StrJoin(remarks, " ")),
                            "  "));
  }
  if (!claim.remark().empty()) {
    absl::StrAppend(&text, "\n", Wrapped(claim.remark()));
  }
  if (!claim.references().empty()) {
    absl::StrAppend(&text, "\n",
                    Wrapped(absl::StrCat(
                        "See ", absl::StrJoin(claim.references(), "; "), ".")));
  }
  text += '\n';
  if (const auto picture = extras.pictures_of_claims.find(claim.id());
      picture != extras.pictures_of_claims.end()) {
    text += PictureText(picture->second);
  }
  return text;
}

// Whether there is no chance in a figure: it is the same with all seeds, and
// clear of its boundary.
bool IsExact(const v1::PartResult& result) {
  return result.p_value() == 0 && result.lower() == result.upper();
}

// A line for each claim, contradicted ones first to be seen.
std::string Overview(const v1::ClaimsReport& report) {
  std::string rows = "| claim | statement | outcome |\n|---|---|---|\n";
  for (const v1::ClaimResult& result : report.claims()) {
    const v1::Claim& claim = result.claim();
    absl::StrAppend(&rows, "| [", claim.id(), "](#", claim.id(), ") | ",
                    Cell(claim.statement()), " | ", ClaimSummary(result),
                    " |\n");
  }
  return rows;
}

}  // namespace

std::string VerdictText(const v1::PartResult& part) {
  switch (part.verdict()) {
    case v1::PartResult::SUPPORTED:
      return "supported";
    case v1::PartResult::CONTRADICTED:
      return "contradicted";
    default:
      return "not decided at this scale";
  }
}

std::string EffectText(const v1::ClaimPart& part,
                       const v1::PartResult& result) {
  if (!result.has_effect()) return "-";
  const char* times = part.is_log_factor() ? "x" : "";
  return absl::StrCat(FormatRatio(result.effect()), times, " [",
                      FormatRatio(result.lower()), ", ",
                      FormatRatio(result.upper()), "]");
}

std::vector<std::string> RemarksOn(const v1::PartResult& result) {
  std::vector<std::string> remarks;
  if (!result.problem().empty()) {
    remarks.push_back(absl::StrCat(result.problem(), "."));
  }
  if (result.has_p_value() && IsExact(result)) {
    remarks.push_back(absl::StrFormat("Exact: the same with each of %s.",
                                      Counted(result.seeds_size(), "seed")));
  } else if (result.has_p_value()) {
    remarks.push_back(absl::StrFormat(
        "%s; p = %s, %s with all parts of this report (Holm).",
        Counted(result.seeds_size(), "seed"), ChanceText(result.p_value()),
        ChanceText(result.adjusted_p_value())));
    if (result.verdict() == v1::PartResult::NOT_DECIDED) {
      remarks.push_back(
          result.seeds_needed() == 0
              ? std::string("A thousand seeds would not decide it.")
              : absl::StrFormat(
                    "If the figure stays so, %d seeds would decide it: %s "
                    "FLOPs more.",
                    result.seeds_needed(), FormatFlops(result.flops_needed())));
    }
  }
  if (!result.machines().empty()) {
    remarks.push_back(absl::StrCat("Measured on ",
                                   absl::StrJoin(result.machines(), "; "),
                                   "; another machine may say otherwise."));
  }
  return remarks;
}

std::string ClaimSummary(const v1::ClaimResult& result) {
  std::map<std::string, int> counts;
  for (const v1::PartResult& part : result.parts()) {
    ++counts[VerdictText(part)];
  }
  if (counts.size() == 1) return counts.begin()->first;
  std::vector<std::string> words;
  for (const auto& [verdict, count] : counts) {
    words.push_back(
        absl::StrCat(count, " of ", result.parts_size(), " ", verdict));
  }
  return absl::StrJoin(words, ", ");
}

std::string ReportBasis(const v1::ClaimsReport& report) {
  return absl::StrCat(
      report.time(), ", scale ", report.scale(), ", ",
      Counted(report.runs(), "run"), ", ", FormatFlops(report.flops()),
      " FLOPs, ", absl::StrFormat("%.0f", report.run_seconds() / 60),
      " minutes of training, on ",
      report.machines().empty() ? std::string("no machine yet")
                                : absl::StrJoin(report.machines(), "; "));
}

std::vector<std::string> CameOutOtherwise(const v1::ClaimsReport& report) {
  std::vector<std::string> sentences;
  for (const v1::ClaimResult& result : report.claims()) {
    std::vector<std::string> parts;
    for (int i = 0; i < result.parts_size(); ++i) {
      if (result.parts(i).verdict() != v1::PartResult::CONTRADICTED) continue;
      parts.push_back(
          absl::StrCat(result.claim().parts(i).figure(), ": ",
                       EffectText(result.claim().parts(i), result.parts(i))));
    }
    if (parts.empty()) continue;
    sentences.push_back(absl::StrCat(result.claim().id(), " (\"",
                                     result.claim().statement(),
                                     "\"): ", absl::StrJoin(parts, "; "), "."));
  }
  return sentences;
}

std::string ClaimsMarkdown(const v1::ClaimsReport& report,
                           const ReportExtras& extras) {
  std::string text = absl::StrCat(
      "# What is true of depth and width, as measured\n\n",
      Wrapped(absl::StrCat(
          "Written by `isoshape claims report`: ", ReportBasis(report), ".")),
      "\n");
  for (const std::string& note : extras.notes) {
    absl::StrAppend(&text, Wrapped(note), "\n");
  }
  absl::StrAppend(
      &text,
      Wrapped("A part is supported or contradicted if its figure lies on one "
              "side of its boundary beyond chance: Student's t over paired "
              "seeds, corrected for all parts of the report together (Holm "
              "1979), so that the chance of any wrong verdict is 5 %. Anything "
              "else is not decided at this scale. Verdicts are of these sizes "
              "and budgets; docs/claims-files.md has the rules, and how to add "
              "a claim of your own."),
      "\n", Overview(report), "\n");
  const std::vector<std::string> otherwise = CameOutOtherwise(report);
  if (!otherwise.empty()) {
    text += "Came out against the statement:\n\n";
    for (const std::string& sentence : otherwise) {
      text += Wrapped(absl::StrCat("- ", sentence), "  ");
    }
    text += '\n';
  }
  for (const ReportPicture& picture : extras.pictures) {
    text += PictureText(picture);
  }
  std::string group;
  for (const v1::ClaimResult& result : report.claims()) {
    if (result.claim().group() != group) {
      group = result.claim().group();
      absl::StrAppend(&text, "## ", group, "\n\n");
    }
    absl::StrAppend(&text, ClaimText(result, extras));
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace isoshape
