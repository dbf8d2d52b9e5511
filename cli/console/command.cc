#include "cli/console/command.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/console/one_of.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "messages/json/proto_json.h"
#include "messages/names/resource_name.h"
#include "scaling/tables/number_text.h"

namespace isoshape {
namespace {

constexpr char kUsagePayload[] = "isoshape/usage";

// Finite numbers that `holds` accepts, rewritten as C reads them.
CLI::Validator NumberFrom(const std::string& name, const std::string& wanted,
                          const std::function<bool(double)>& holds) {
  return CLI::Validator(
      [wanted, holds](std::string& text) {
        const std::optional<double> number = ParseQuantity(text);
        if (!number || !std::isfinite(*number) || !holds(*number)) {
          return absl::StrCat("'", OneLine(text), "' is not ", wanted);
        }
        const double whole = std::round(*number);
        text = whole == *number && std::abs(whole) <= kMaxWhole
                   ? absl::StrCat(static_cast<int64_t>(whole))
                   : absl::StrFormat("%.17g", *number);
        return std::string();
      },
      name);
}

// A file of this machine, by a name with an ending or a folder: a campaign that
// is called as a file happens to be is still a campaign.
bool IsFile(absl::string_view text) {
  std::error_code error;
  return text.find_first_of("./") != text.npos &&
         std::filesystem::is_regular_file(std::string(text), error);
}

// Whether a name ends as files of runs do.
bool LooksLikeRuns(absl::string_view name) {
  for (const char* const end :
       {".csv", ".tsv", ".json", ".jsonl", ".parquet", ".feather"}) {
    if (absl::EndsWithIgnoreCase(name, end)) return true;
  }
  return false;
}

}  // namespace

CLI::App* AddCommand(CLI::App& parent, const std::string& name,
                     const std::string& description,
                     const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer(absl::StrCat(
      "Examples:\n  ", absl::StrReplaceAll(examples, {{"\n", "\n  "}})));
  return command;
}

void AddOutputFlag(CLI::App& command, CommandContext& context) {
  command
      .add_option("-o,--output", context.output,
                  "Form of the answer: table or json")
      ->check(OneOf({"table", "json"}))
      ->type_name("FORM");
}

void AddServerFlag(CLI::App& command, CommandContext& context) {
  command
      .add_option("--server", context.server,
                  "Coordinator, or several with commas, of which the first "
                  "that answers is asked; @FILE: as the file says (default: "
                  "ISOSHAPE_SERVER, else 127.0.0.1:50551)")
      ->type_name("HOST:PORT");
}

void AddServerFlags(CLI::App& command, CommandContext& context) {
  AddServerFlag(command, context);
  AddOutputFlag(command, context);
}

CLI::Validator PositiveNumber() {
  return NumberFrom("POSITIVE", "a number above 0",
                    [](double number) { return number > 0; });
}

CLI::Validator NonNegativeNumber() {
  return NumberFrom("NONNEGATIVE", "a number of 0 or more",
                    [](double number) { return number >= 0; });
}

CLI::Validator WholeNumber(int64_t least, int64_t most) {
  const bool open = most >= std::numeric_limits<int32_t>::max();
  return NumberFrom(
      !open        ? absl::StrCat("[", least, " - ", most, "]")
      : least == 0 ? "NONNEGATIVE"
                   : "POSITIVE",
      most == kMaxWhole
          ? absl::StrCat("a whole number of ", least, " or more")
          : absl::StrCat("a whole number from ", least, " to ", most),
      [least, most](double number) {
        return number == std::floor(number) &&
               number >= static_cast<double>(least) &&
               number <= static_cast<double>(most);
      });
}

CLI::Validator PositiveSeconds() {
  return CLI::Validator(
      [](std::string& text) {
        double seconds = 0;
        if (!absl::SimpleAtod(text, &seconds)) {
          const absl::StatusOr<absl::Duration> duration = ReadDuration(text);
          if (duration.ok()) seconds = absl::ToDoubleSeconds(*duration);
        }
        if (!std::isfinite(seconds) || seconds <= 0) {
          return absl::StrCat("'", OneLine(text),
                              "' is not a number of seconds above 0, nor a "
                              "duration such as 2ms");
        }
        text = absl::StrFormat("%.17g", seconds);
        return std::string();
      },
      "SECONDS");
}

CLI::Validator Level() {
  return CLI::Validator(
      [](std::string& text) {
        absl::string_view number_text = text;
        const bool percent = absl::ConsumeSuffix(&number_text, "%");
        double level = 0;
        const bool read = absl::SimpleAtod(number_text, &level);
        if (percent) level /= 100;
        if (!read || !(level > 0 && level < 1)) {
          return absl::StrCat(OneLine(text),
                              " is not between 0 and 1, such as 0.95");
        }
        text = absl::StrFormat("%.17g", level);
        return std::string();
      },
      "SHARE");
}

CLI::Validator ExistingPath() {
  return CLI::Validator(
      [](std::string& text) {
        std::error_code error;
        if (std::filesystem::exists(text, error)) return std::string();
        return absl::StrCat(
            "'", OneLine(text), "' ",
            error ? absl::StrCat("cannot be looked at (", error.message(), ")")
                  : "is not there",
            "; name a file or folder of this machine");
      },
      "PATH");
}

CLI::Validator ShareOrPercent() {
  return CLI::Validator(
      [](std::string& text) {
        absl::string_view number_text = text;
        const bool percent = absl::ConsumeSuffix(&number_text, "%");
        double number = 0;
        if (!absl::SimpleAtod(number_text, &number) ||
            !(number > 0 && number < (percent ? 100 : 1))) {
          return absl::StrCat(
              "'", OneLine(text),
              "' is not a share of a whole, such as 0.002 or 0.2%");
        }
        text = absl::StrFormat("%.17g", percent ? number / 100 : number);
        return std::string();
      },
      "SHARE");
}

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord("1"));
  return status;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

absl::StatusOr<std::string> CampaignArgument(absl::string_view text) {
  absl::string_view id = text;
  absl::ConsumePrefix(&id, "campaigns/");
  if (IsFile(text)) {
    return UsageError(absl::StrCat(
        "'", OneLine(text),
        "' is a file, not a campaign; for the runs in it "
        "give --input ",
        OneLine(text),
        " (fit, predict and plot take it), for a campaign of that name "
        "campaigns/",
        OneLine(id)));
  }
  // No coordinator is asked about a path that is mistyped.
  if (id == text && LooksLikeRuns(text)) {
    return UsageError(absl::StrCat(
        "there is no file '", OneLine(text),
        "'; the runs of a file are given by --input FILE, a campaign of that "
        "name as campaigns/",
        OneLine(id)));
  }
  std::string name = MakeCampaignName(id);
  if (!CheckCampaignName(name).ok()) {
    return UsageError(
        absl::StrCat("'", text,
                     "' is not a campaign; give its id (c1) or its name "
                     "(campaigns/c1)"));
  }
  return name;
}

absl::StatusOr<std::string> TrialArgument(absl::string_view text) {
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, "campaigns/");
  const std::vector<absl::string_view> parts = absl::StrSplit(rest, '/');
  int64_t number = 0;
  const bool formed =
      parts.size() == 2 || (parts.size() == 3 && parts[1] == "trials");
  if (formed && absl::SimpleAtoi(parts.back(), &number) && number >= 1) {
    std::string name = MakeTrialName(MakeCampaignName(parts[0]), number);
    if (ParseTrialName(name).ok()) return name;
  }
  return UsageError(
      absl::StrCat("'", text,
                   "' is not a trial; give campaign and number (c1/7) or its "
                   "name (campaigns/c1/trials/7)"));
}

void PrintJson(const google::protobuf::Message& message) {
  std::cout << ToJson(message, /*defaults=*/true).dump(2) << '\n';
}

}  // namespace isoshape
