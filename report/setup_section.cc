#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/text/format_number.h"
#include "common/text/shell_word.h"
#include "common/text/short_exponent.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/campaign/output_only.h"
#include "messages/json/proto_json.h"
#include "messages/names/name_parts.h"
#include "messages/shape/shape_sizes.h"
#include "report/html.h"
#include "report/packed_table.h"
#include "report/report_sections.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::string ValueText(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false,
                                        ordered_json::error_handler_t::replace);
}

// What every trial has of its own, in a space.
bool IsOfTrials(const std::string& path) {
  absl::string_view field = path;
  return absl::ConsumePrefix(&field, "base.") && IsSize(field);
}

// Every field of a message by its path, nested ones by `base.head_dim`.
void AddFields(const ordered_json& object, const std::string& prefix,
               Fields& fields) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object()) {
      AddFields(value, absl::StrCat(prefix, name, "."), fields);
    } else if (!IsOfTrials(prefix + name) || value != 0) {
      fields.emplace_back(prefix + name, ValueText(value));
    }
  }
}

std::string MessageHtml(const char* heading,
                        const google::protobuf::Message& message) {
  Fields fields;
  AddFields(ToJson(message, /*defaults=*/true), "", fields);
  return Subheading(heading) + HtmlFields(fields);
}

// The campaign as a file that `campaign create --file` reads: what was asked,
// without what came of it.
std::string CampaignFileText(v1::Campaign campaign, bool redact) {
  ClearOutputOnly(&campaign);
  if (redact) campaign.clear_labels();
  return ToJson(campaign).dump(2, ' ', false,
                               ordered_json::error_handler_t::replace);
}

// The commands that bring imported runs in again.
std::vector<std::string> ImportCommands(const ReportData& data,
                                        const std::string& into) {
  std::vector<std::string> files = data.imported_from;
  // Redacted, or of a client that imported no file.
  if (files.empty() || !data.imported_by_files || data.more_imported_from > 0) {
    files = {"FILE"};
  }
  for (std::string& file : files) {
    file = absl::StrCat("isoshape import ", ShellWord(file), " ", into);
  }
  return files;
}

std::string CommandsText(const ReportData& data, bool imported) {
  const std::string id = ShortName(data.campaign.name());
  const std::string again = absl::StrCat(id, "-again");
  std::vector<std::string> lines;
  if (data.imported_alone) {
    lines = ImportCommands(data, absl::StrCat("--campaign ", again));
  } else {
    lines.push_back(absl::StrCat("isoshape campaign create --file ", id,
                                 ".json --id ", again,
                                 "   # the file is below"));
    if (imported && data.imported > 0) {
      for (std::string& line :
           ImportCommands(data, absl::StrCat("--into ", again))) {
        lines.push_back(std::move(line));
      }
    }
  }
  const char* const also =
      imported && !data.imported_alone ? " --imported" : "";
  for (const std::string& line :
       {absl::StrCat("isoshape best ", id),
        absl::StrCat("isoshape fit ", id, also),
        absl::StrCat("isoshape fit ", id, also, " --law parametric"),
        absl::StrCat("isoshape predict ", id, also),
        absl::StrCat("isoshape plot ", id, also,
                     " --kind isoflop --file isoflop.svg"),
        absl::StrCat("isoshape export ", id, " > trials.csv"),
        absl::StrCat("isoshape report ", id, also)}) {
    lines.push_back(line);
  }
  return absl::StrJoin(lines, "\n");
}

// Of runs that were trained elsewhere: what the campaign says of recipe and
// budgets are its defaults, which none of them had.
std::string ImportedHtml(const ReportData& data, const std::string& commands) {
  Fields fields = {
      {"imported runs", absl::StrCat(data.imported)},
      {"trained", "elsewhere: recipe, data and tokenizer are not known here"}};
  if (!data.imported_from.empty()) {
    std::string from = absl::StrJoin(data.imported_from, ", ");
    if (data.more_imported_from > 0) {
      absl::StrAppend(&from, " and ", data.more_imported_from, " more");
    }
    fields.emplace_back("from", from);
  }
  return HtmlFields(fields) +
         MessageHtml("Shapes that predictions choose from",
                     data.campaign.space()) +
         Subheading("Commands that make it again") + CodeBlock(commands);
}

// Of the runs of a file.
std::string FileHtml(const ReportData& data) {
  const std::string input = absl::StrCat(" --input ", ShellWord(data.file));
  std::vector<std::string> lines = {
      absl::StrCat("isoshape fit", input),
      absl::StrCat("isoshape plot", input, " --kind trends --file trends.svg"),
      absl::StrCat("isoshape report", input)};
  if (data.prediction.ok()) {
    lines.insert(
        lines.begin() + 1,
        absl::StrCat("isoshape predict", input, " --compute ",
                     FormatDigits(data.prediction->target_flops(), 6)));
  }
  return HtmlFields({{"file", data.file},
                     {"runs", absl::StrCat(data.imported)},
                     {"trained",
                      "elsewhere: recipe, data and tokenizer are not known "
                      "here"}}) +
         Subheading("Commands that ask the same") +
         CodeBlock(absl::StrJoin(lines, "\n"));
}

}  // namespace

std::string SetupHtml(const ReportData& data, const ReportOptions& options) {
  if (!data.file.empty()) return FileHtml(data);
  const v1::Campaign& campaign = data.campaign;
  const std::string id = ShortName(campaign.name());
  const std::string commands = CommandsText(data, options.imported);
  if (data.imported_alone) return ImportedHtml(data, commands);
  std::vector<std::string> budgets;
  for (const double budget : campaign.budgets()) {
    budgets.push_back(FormatFlops(budget));
  }
  Fields fields = {
      {"budgets, FLOPs", absl::StrJoin(budgets, ", ")},
      {"seeds of each shape", absl::StrCat(campaign.seeds())},
      {"data", campaign.dataset()},
      {"data fingerprint", campaign.data_fingerprint()},
      {"predicts for, FLOPs",
       campaign.target_flops() > 0
           ? FormatFlops(campaign.target_flops())
           : absl::StrCat(kDefaultReach, " times the largest budget")},
      {"at most, FLOPs", campaign.total_flops() > 0
                             ? FormatFlops(campaign.total_flops())
                             : "no limit"}};
  if (!campaign.variants().empty()) {
    fields.emplace_back(
        "variants",
        absl::StrCat(absl::StrJoin(VariantNames(campaign), ", "),
                     "; every answer here is of ", kBaseVariant, " alone"));
  }
  if (data.imported > 0) {
    fields.emplace_back(
        "imported runs",
        absl::StrCat(data.imported, ", trained elsewhere, ",
                     options.imported
                         ? "which fits and figures use as well"
                         : "which no fit uses; --imported makes a report of "
                           "all"));
  }
  if (!options.redact) {
    for (const auto& [key, value] : campaign.labels()) {
      fields.emplace_back(absl::StrCat("label ", key), value);
    }
  }
  return HtmlFields(fields) + MessageHtml("Recipe", campaign.recipe()) +
         MessageHtml("Search space", campaign.space()) +
         MessageHtml("Algorithm", campaign.algorithm()) +
         Subheading("Commands that make it again") + CodeBlock(commands) +
         Folded(absl::StrCat(id, ".json"),
                CodeBlock(CampaignFileText(campaign, options.redact)));
}

std::string TrialsHtml(const ReportData& data) {
  if (!data.table.ok()) {
    // A coordinator that does not know the call says no more than that.
    const std::string why =
        data.table.status().message().empty()
            ? absl::StatusCodeToString(data.table.status().code())
            : std::string(data.table.status().message());
    return Sentences({absl::StrCat("The table of trials is not here: ", why)},
                     "absent");
  }
  return absl::StrCat(
      "<noscript>",
      Paragraph("A script of this file shows the table; "
                "without it, the figures and tables above are "
                "all there."),
      "</noscript>\n<div id=\"trials-tools\" hidden><label "
      "for=\"trials-filter\">Filter</label><input id=\"trials-filter\" "
      "placeholder=\"depth&gt;4 state:succeeded budget=9e11\" "
      "spellcheck=\"false\" autocomplete=\"off\"></div>\n<p "
      "id=\"trials-count\" "
      "class=\"note\" role=\"status\"></p>\n<div class=\"wide\" "
      "tabindex=\"0\"><table id=\"trials-table\"></table></div>\n<button "
      "id=\"trials-more\" type=\"button\" hidden>Show more</button>\n<script "
      "id=\"trials-data\" type=\"application/json\">{\"gzip\":\"",
      PackTable(*data.table), "\"}</script>\n");
}

}  // namespace isoshape
