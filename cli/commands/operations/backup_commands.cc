// isoshape backup and restore: whole copies of a coordinator's database.
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/console/interruption.h"
#include "common/process/error_output.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/text/one_line.h"
#include "common/threads/cancellation.h"
#include "storage/open_store.h"
#include "storage/sqlite/backup.h"

namespace isoshape {
namespace {

struct BackupFlags {
  std::string database = "isoshape.db";
  std::string file;
  bool force = false;
};

// Prints what was written where.
void Print(const std::string& path, const BackupContents& contents, bool json) {
  if (json) {
    nlohmann::ordered_json printed = {{"file", path},
                                      {"campaigns", contents.campaigns},
                                      {"trials", contents.trials},
                                      {"bytes", contents.bytes}};
    if (!contents.set_aside.empty()) {
      printed["setAside"] = contents.set_aside;
    }
    std::cout << printed.dump(2) << '\n';
    return;
  }
  std::cout << Printable(path) << ": "
            << Counted(contents.campaigns, "campaign") << ", "
            << Counted(contents.trials, "trial") << ", "
            << FormatBytes(static_cast<double>(contents.bytes))
            << "; every page and row checked\n";
  if (!contents.set_aside.empty()) {
    std::cout << "what was there before: " << Printable(contents.set_aside)
              << '\n';
  }
}

absl::Status BackUp(const BackupFlags& flags, bool json) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string database,
                            SqlitePath(flags.database));
  ISOSHAPE_ASSIGN_OR_RETURN(const BackupContents contents,
                            BackUpDatabase(database, flags.file, flags.force));
  Print(flags.file, contents, json);
  return absl::OkStatus();
}

absl::Status Restore(const BackupFlags& flags, bool json) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string database,
                            SqlitePath(flags.database));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const BackupContents contents,
      RestoreDatabase(
          flags.file, database, flags.force, [](const std::string& why) {
            ErrorOutput::Get().Write(absl::StrCat("isoshape: ", why, "\n"));
          }));
  Print(database, contents, json);
  if (contents.campaigns == 0) {
    ErrorOutput::Get().Write(
        "isoshape: it has no campaign; a copy of a running coordinator's file "
        "by cp lacks what is in its logs, and 'isoshape backup' has it\n");
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterBackupCommands(CLI::App& app, CommandContext& context) {
  auto flags = std::make_shared<BackupFlags>();
  const auto add = [&](const std::string& name, const std::string& description,
                       const std::string& examples, const std::string& file,
                       const std::string& force, auto run) {
    CLI::App* command = AddCommand(app, name, description, examples);
    command->add_option("FILE", flags->file, file)->required();
    command
        ->add_option("--db", flags->database,
                     "the coordinator's database, PATH or sqlite:PATH")
        ->capture_default_str();
    command->add_flag("--force", flags->force, force);
    AddOutputFlag(*command, context);
    command->callback([flags, run, &context] {
      context.action = [flags, run, &context] {
        Cancellation cancellation;
        const Interruption interruption(&cancellation);
        const Cancellation::Scope scope(&cancellation);
        return run(*flags, context.json());
      };
    });
  };
  add("backup", "Copy the database, which may be in use, into one checked file",
      "isoshape backup --db results.db results-monday.db\n"
      "isoshape backup --db results.db --force latest.db",
      "the copy", "replace a file of that name", &BackUp);
  add("restore", "Put a backup in the place of a database that is not in use",
      "isoshape restore results-monday.db --db results.db\n"
      "isoshape restore results-monday.db --db results.db --force",
      "the backup",
      "set a database that is there aside, under a name that is printed",
      &Restore);
}

}  // namespace isoshape
