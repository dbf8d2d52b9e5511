#include "cli/flags/figure_flags.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "cli/console/command.h"
#include "cli/flags/analysis_flags.h"
#include "common/console/one_of.h"
#include "common/console/terminal.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "messages/analysis/law_proto.h"
#include "messages/json/enum_name.h"

namespace isoshape {
namespace {

using v1::Figure;
using v1::GetFigureRequest;

// The values of an enum but the one that stands for none, as in JSON.
std::vector<std::string> NamesOf(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 1; i < type.value_count(); ++i) {
    names.push_back(EnumName(*type.value(i)));
  }
  return names;
}

// A flag that takes the name of a value of an enum, with `did you mean`.
CLI::Option* AddEnumFlag(CLI::App& command, const std::string& flag,
                         const google::protobuf::EnumDescriptor& type,
                         const std::string& what,
                         const std::function<void(int)>& write,
                         const std::string& description) {
  return command
      .add_option_function<std::string>(
          flag,
          [flag, &type, what, write](const std::string& text) {
            const std::vector<std::string> names = NamesOf(type);
            for (size_t i = 0; i < names.size(); ++i) {
              if (text == names[i]) {
                write(type.value(static_cast<int>(i) + 1)->number());
                return;
              }
            }
            const std::string meant = DidYouMean(text, names);
            throw CLI::ValidationError(
                flag,
                absl::StrCat("'", OneLine(text), "' is no ", what,
                             meant.empty()
                                 ? absl::StrCat("; give one of ",
                                                absl::StrJoin(names, ", "))
                                 : meant));
          },
          absl::StrCat(description, ": ", absl::StrJoin(NamesOf(type), ", ")))
      ->type_name("NAME");
}

// `90mm`, `9cm`, `3.5in` or a number of millimetres.
std::optional<double> Millimetres(absl::string_view text) {
  double unit = 1;
  if (absl::ConsumeSuffix(&text, "mm")) {
    unit = 1;
  } else if (absl::ConsumeSuffix(&text, "cm")) {
    unit = 10;
  } else if (absl::ConsumeSuffix(&text, "in")) {
    unit = 25.4;
  }
  double number = 0;
  if (!absl::SimpleAtod(text, &number) || !(number * unit >= 40) ||
      !(number * unit <= 1000)) {
    return std::nullopt;
  }
  return number * unit;
}

void AddFitFlags(CLI::App& command, GetFigureRequest& request) {
  command
      .add_option_function<std::string>(
          "--law",
          [&request](const std::string& name) {
            request.set_law(ToProto(*FindLaw(name)));
          },
          "Law of residuals, surface, heatmap and prediction (default "
          "parametric; of predictions the one that the runs identify)")
      ->check(OneOf(LawNames()));
  AddEnumFlag(
      command, "--rule", *v1::FitLawRequest::IsoflopRule_descriptor(), "rule",
      [&request](int number) {
        request.set_isoflop_rule(
            static_cast<v1::FitLawRequest::IsoflopRule>(number));
      },
      "Of isoflop and trends, how the best size of a budget is found");
  AddField<double>(command, "--target-flops,--compute",
                   &GetFigureRequest::set_target_flops, request,
                   "Compute to mark, FLOPs (default: the campaign's)")
      ->transform(PositiveNumber());
  AddField<int32_t>(command, "--bootstrap,--resamples",
                    &GetFigureRequest::set_resamples, request,
                    "Resamples for intervals and bands (default 1000)")
      ->transform(WholeNumber(0, 100000));
  AddField<int64_t>(command, "--seed", &GetFigureRequest::set_seed, request,
                    "Seed of the resamples (default 0)")
      ->transform(WholeNumber(0));
  AddField<double>(command, "--level", &GetFigureRequest::set_level, request,
                   "Level of the intervals (default 0.95)")
      ->transform(Level());
}

}  // namespace

void AddFigureFlags(CLI::App& command, FigureFlags& flags) {
  GetFigureRequest& request = flags.request;
  request.set_kind(Figure::ISOFLOP);
  AddEnumFlag(
      command, "--kind", *Figure::Kind_descriptor(), "kind of figure",
      [&request](int number) {
        request.set_kind(static_cast<Figure::Kind>(number));
      },
      "What is drawn (default isoflop)");
  AddField<double>(command, "--budget", &GetFigureRequest::set_budget_flops,
                   request,
                   "Of heatmap, aspect, pareto and curves: only this budget, "
                   "FLOPs")
      ->transform(PositiveNumber());
  command
      .add_option("--where", flags.where,
                  "Only trials that match, such as 'depth>4' or "
                  "state:succeeded; of a file only rows in which a column "
                  "holds a text, such as recipe=cosine (repeatable)")
      ->type_name("TERM")
      ->allow_extra_args(false);
  AddFitFlags(command, request);
  command
      .add_option_function<std::vector<int64_t>>(
          "--trials",
          [&request](const std::vector<int64_t>& numbers) {
            request.mutable_trials()->Add(numbers.begin(), numbers.end());
          },
          "Of curves: these trials, by number")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->transform(WholeNumber(1));
  command.add_flag_function(
      "--all-trials", [&request](int64_t) { request.set_show_failed(true); },
      "Also trials that failed, diverged or were excluded");
  AddEnumFlag(
      command, "--cost", *v1::ShapeCost_descriptor(), "cost",
      [&request](int number) {
        request.set_cost(static_cast<v1::ShapeCost>(number));
      },
      "Of pareto, what loss is weighed against");
  AddField<double>(command, "--max-cost", &GetFigureRequest::set_max_cost,
                   request,
                   "Of pareto, the most that may be spent, in the unit of "
                   "--cost: a line")
      ->transform(PositiveNumber());
  command.add_option_function<std::string>(
      "--variant",
      [&request](const std::string& name) { request.set_variant(name); },
      "Of a campaign, the variant whose trials are drawn (default base)");
  AddField<int32_t>(command, "--max-marks", &GetFigureRequest::set_max_marks,
                    request,
                    "Points drawn at most; beyond it they are brought "
                    "together by shape, and the figure says so (default 5000)")
      ->transform(WholeNumber(100, 100000));
}

void AddPictureFlags(CLI::App& command, PictureFlags& flags) {
  AddFileFlags(command,
               "File to write, whose end is the format: .svg, .pdf, .png, "
               ".tex (pgfplots), .gp (gnuplot), .csv, .json, .txt; '-' is "
               "standard output (default: a picture of characters there)",
               flags.output);
  command
      .add_option("--format", flags.format,
                  "Format, whatever the file is called")
      ->check(OneOf(FigureFormatNames()));
  command
      .add_option_function<std::string>(
          "--width",
          [&flags](const std::string& text) {
            const std::optional<double> width = Millimetres(text);
            if (!width) {
              throw CLI::ValidationError(
                  "--width", absl::StrCat("'", OneLine(text),
                                          "' is not a width of 40 to 1000 mm, "
                                          "such as 90mm, 16cm or 3.5in"));
            }
            flags.width_mm = *width;
          },
          "Width of the picture (default 160mm)")
      ->type_name("LENGTH");
  command
      .add_option_function<std::string>(
          "--theme",
          [&flags](const std::string& text) {
            flags.theme = text == "dark"   ? FigureTheme::kDark
                          : text == "auto" ? FigureTheme::kAuto
                                           : FigureTheme::kLight;
          },
          "light, dark, or auto: SVG alone, in the colours of the page that "
          "holds it (default light)")
      ->check(OneOf({"light", "dark", "auto"}));
}

absl::StatusOr<RenderOptions> ToRenderOptions(const PictureFlags& flags) {
  RenderOptions options;
  options.width_mm = flags.width_mm;
  options.theme = flags.theme;
  std::string name = flags.format;
  // `--output=json` means JSON with every command.
  const std::string& file = flags.output.file;
  if (name.empty() && flags.output.form == "json") name = flags.output.form;
  if (name.empty() && !flags.output.standard_output()) {
    const size_t dot = file.find_last_of("./");
    name = dot == file.npos || file[dot] == '/'
               ? ""
               : absl::AsciiStrToLower(file.substr(dot + 1));
    if (name == "txt") name = "text";
    if (!FindFigureFormat(name)) {
      return UsageError(absl::StrCat(
          "'", OneLine(file), "' does not end in a format",
          DidYouMean(name, FigureFormatNames()), "; end it in one of .",
          absl::StrJoin(FigureFormatNames(), ", ."), ", or give --format"));
    }
  }
  options.format = FindFigureFormat(name).value_or(FigureFormat::kText);
  if (options.theme == FigureTheme::kAuto &&
      options.format != FigureFormat::kSvg) {
    return UsageError(
        "--theme auto is of svg alone; give light or dark, or --file "
        "FILE.svg");
  }
  const std::optional<size_t> columns = TerminalColumns(STDOUT_FILENO);
  options.columns =
      static_cast<int>(std::min<size_t>(columns.value_or(100), 200));
  options.colors = columns.has_value() && flags.output.standard_output() &&
                   std::getenv("NO_COLOR") == nullptr;
  return options;
}

}  // namespace isoshape
