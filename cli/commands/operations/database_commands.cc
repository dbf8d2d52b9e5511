// isoshape db copy: a database from one kind to another.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/console/interruption.h"
#include "cli/output/table.h"
#include "common/files/file_stamp.h"
#include "common/process/error_output.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/threads/cancellation.h"
#include "storage/open_store.h"
#include "storage/store_tables.h"

namespace isoshape {
namespace {

struct CopyFlags {
  std::string source;
  std::string target;
};

void Print(const std::vector<CopiedTable>& tables, bool json) {
  if (json) {
    nlohmann::ordered_json printed = nlohmann::ordered_json::array();
    for (const CopiedTable& table : tables) {
      printed.push_back({{"table", table.name},
                         {"rows", table.rows},
                         {"sha256", absl::BytesToHexString(table.digest)}});
    }
    std::cout << printed.dump(2) << '\n';
    return;
  }
  Table shown({{"TABLE"}, {"ROWS", Table::kRight}, {"SHA-256"}});
  for (const CopiedTable& table : tables) {
    shown.AddRow({table.name, absl::StrCat(table.rows),
                  absl::BytesToHexString(table.digest).substr(0, 16)});
  }
  shown.Print(std::cout);
  std::cout << "every row was read back and is the same; give coordinators the "
               "copy's address from now on\n";
}

// The path of a file with a database, or an address of PostgreSQL as it is.
std::string PathOf(absl::string_view database) {
  absl::ConsumePrefix(&database, "sqlite:");
  return std::string(database);
}

absl::Status Copy(const CopyFlags& flags, bool json) {
  if (IsOneFile(PathOf(flags.source), PathOf(flags.target))) {
    return absl::InvalidArgumentError(
        absl::StrCat("TARGET ", Printable(flags.target),
                     " is SOURCE itself; name a new database"));
  }
  OpenStoreOptions options = {.tell = [](const std::string& why) {
    ErrorOutput::Get().Write(absl::StrCat("isoshape: ", Printable(why), "\n"));
  }};
  options.must_exist = true;
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<StoreTables> source,
                            OpenTables(flags.source, options));
  options.must_exist = false;
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<StoreTables> target,
                            OpenTables(flags.target, options));
  const auto tables = CopyTables(*source, *target);
  if (absl::IsCancelled(tables.status())) {
    return absl::CancelledError("stopped; nothing was copied");
  }
  ISOSHAPE_RETURN_IF_ERROR(tables.status());
  ISOSHAPE_RETURN_IF_ERROR(target->Close());
  Print(*tables, json);
  return absl::OkStatus();
}

}  // namespace

void RegisterDatabaseCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddCommand(
      app, "db", "Move a coordinator's database to another kind",
      "isoshape db copy results.db postgres://isoshape@db.example/isoshape\n"
      "isoshape db copy postgres://isoshape@db.example/isoshape results.db");
  group->require_subcommand(1);
  auto flags = std::make_shared<CopyFlags>();
  CLI::App* copy = AddCommand(
      *group, "copy",
      "Copy all of a database that no coordinator uses into an empty one",
      "isoshape db copy sqlite:results.db "
      "postgres://isoshape@db.example/isoshape");
  copy->add_option(
          "SOURCE", flags->source,
          "sqlite:PATH, a PATH alone, or postgres://USER@HOST/DATABASE")
      ->required();
  copy->add_option("TARGET", flags->target, "the same; made if it is missing")
      ->required();
  AddOutputFlag(*copy, context);
  copy->callback([flags, &context] {
    context.action = [flags, &context] {
      Cancellation cancellation;
      const Interruption interruption(&cancellation);
      const Cancellation::Scope scope(&cancellation);
      return Copy(*flags, context.json());
    };
  });
}

}  // namespace isoshape
