// isoshape token: the file of tokens that a coordinator takes.
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "access/token_file.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/flags/flag_kinds.h"
#include "cli/output/table.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

struct TokenFlags {
  std::string file = "isoshape.tokens";
  std::string name;
  std::string role = "viewer";
  absl::Duration lifetime = absl::InfiniteDuration();
};

// `token create me > me.token`: the shell makes a file that all may read, and
// who has the token is who it says. Whatever else standard output is stays as
// it is.
void KeepOutputToOneself() {
  struct stat file = {};
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if (fstat(STDOUT_FILENO, &file) != 0 || !S_ISREG(file.st_mode) ||
      (file.st_mode & kOthers) == 0) {
    return;
  }
  if (fchmod(STDOUT_FILENO, file.st_mode & (S_IRUSR | S_IWUSR)) != 0) {
    std::cerr << "isoshape: others may read the file that the token is written "
                 "to; chmod 600 it\n";
  }
}

absl::Status Revoke(const TokenFlags& flags) {
  ISOSHAPE_RETURN_IF_ERROR(RevokeToken(flags.file, flags.name));
  std::cerr << "isoshape: the token " << flags.name
            << " is revoked; coordinators of " << flags.file
            << " refuse it within a second\n";
  return absl::OkStatus();
}

absl::Status Create(const TokenFlags& flags) {
  const std::optional<Role> role = ParseRole(flags.role);
  if (!role.has_value()) {
    return UsageError(
        absl::StrCat("--role '", flags.role,
                     "' is none of viewer, worker, operator, admin"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::string token,
      CreateToken(flags.file, flags.name, *role, absl::Now() + flags.lifetime));
  KeepOutputToOneself();
  // Nobody is to have a good token that no one has seen, whose name is taken.
  // It is kept first and taken back, so that none is shown that is worth
  // nothing.
  if (!(std::cout << token << '\n' << std::flush)) {
    if (const absl::Status revoked = RevokeToken(flags.file, flags.name);
        !revoked.ok()) {
      return absl::UnavailableError(absl::StrCat(
          "cannot write the token ", flags.name,
          " to standard output, and it is good all the same; revoke it: ",
          revoked.message()));
    }
    return absl::UnavailableError(absl::StrCat(
        "cannot write the token ", flags.name,
        " to standard output, so it was not made; lead it to a file that can "
        "be written and try again"));
  }
  std::cerr << "isoshape: this is shown once; " << flags.file
            << " keeps its hash\n";
  return absl::OkStatus();
}

absl::Status List(const TokenFlags& flags, bool json) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<TokenEntry> entries,
                            ReadTokenFile(flags.file));
  if (json) {
    auto list = nlohmann::ordered_json::array();
    for (const TokenEntry& entry : entries) {
      list.push_back({{"name", entry.name},
                      {"role", std::string(RoleName(entry.role))},
                      {"expires", ExpiryText(entry.expires)}});
    }
    std::cout << nlohmann::ordered_json{{"tokens", list}}.dump(2) << '\n';
    return absl::OkStatus();
  }
  Table table({{"TOKEN"}, {"ROLE"}, {"EXPIRES"}});
  const absl::Time now = absl::Now();
  for (const TokenEntry& entry : entries) {
    table.AddRow({entry.name, std::string(RoleName(entry.role)),
                  absl::StrCat(ExpiryText(entry.expires),
                               entry.expires <= now ? " (over)" : "")});
  }
  table.Print(std::cout);
  return absl::OkStatus();
}

}  // namespace

void RegisterTokenCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddCommand(
      app, "token",
      "Make, list or revoke what the coordinator's --tokens file takes",
      "isoshape token create gpu-fleet --role worker --expires 30d > "
      "fleet.token\nisoshape serve --tokens isoshape.tokens\n"
      "ISOSHAPE_TOKEN_FILE=fleet.token isoshape worker");
  group->require_subcommand(1);
  auto flags = std::make_shared<TokenFlags>();
  const auto add = [&](const std::string& name, const std::string& description,
                       const std::string& example) {
    CLI::App* command = AddCommand(*group, name, description, example);
    command
        ->add_option("--file", flags->file, "the file of tokens, by their hash")
        ->capture_default_str();
    return command;
  };

  CLI::App* create =
      add("create", "Make a token and print it, this once",
          "isoshape token create me --role admin > admin.token\nisoshape token "
          "create gpu-fleet --role worker --expires 30d > fleet.token");
  create->add_option("NAME", flags->name, "a name to list and revoke it by")
      ->required();
  create
      ->add_option("--role", flags->role,
                   "viewer (reads), worker (also trains), operator (also runs "
                   "campaigns), admin (also deletes)")
      ->capture_default_str();
  AddDurationFlag(
      *create, "--expires",
      [flags](double seconds) { flags->lifetime = absl::Seconds(seconds); },
      "how long it is good for; default: until it is revoked");
  create->callback([flags, &context] {
    context.action = [flags] { return Create(*flags); };
  });

  CLI::App* list = add("list", "List the tokens, without what makes them good",
                       "isoshape token list");
  AddOutputFlag(*list, context);
  list->callback([flags, &context] {
    context.action = [flags, &context] { return List(*flags, context.json()); };
  });

  CLI::App* revoke = add("revoke", "Make a token worthless, within a second",
                         "isoshape token revoke gpu-fleet");
  revoke->add_option("NAME", flags->name, "the name that it was given")
      ->required();
  revoke->callback([flags, &context] {
    context.action = [flags] { return Revoke(*flags); };
  });
}

}  // namespace isoshape
