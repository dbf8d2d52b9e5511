#include "cli/commands/operations/completion.h"

#include <iostream>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "common/console/one_of.h"
#include "common/text/shell_word.h"

namespace isoshape {
namespace {

// The words that can follow one command.
struct Node {
  std::string path;                                        // `campaign list`
  std::vector<std::pair<std::string, std::string>> words;  // with meaning
  bool sibling = false;  // another program, which knows its flags itself
};

// The words that an option takes, from its check: `{table,json}`; or none.
std::vector<std::string> Choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return absl::StrSplit(type.substr(open + 1, close - open - 1), ',');
}

std::vector<Node> Nodes(const CLI::App& app, const std::string& path) {
  Node node{path, {}, SiblingOf({path}).has_value()};
  std::vector<Node> below;
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App*) { return true; })) {
    node.words.emplace_back(command->get_name(), command->get_description());
    const std::string inner =
        path.empty() ? command->get_name()
                     : absl::StrCat(path, " ", command->get_name());
    for (Node& child : Nodes(*command, inner)) {
      below.push_back(std::move(child));
    }
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      for (const std::string& choice : Choices(*option)) {
        node.words.emplace_back(choice, option->get_description());
      }
    }
    for (const std::string& name : option->get_lnames()) {
      node.words.emplace_back("--" + name, option->get_description());
    }
  }
  below.insert(below.begin(), std::move(node));
  return below;
}

// What follows a flag, by flag, over all commands: its words, or `PATH`.
void CollectValues(const CLI::App& app,
                   std::map<std::string, std::string>& values) {
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App*) { return true; })) {
    CollectValues(*command, values);
  }
  for (const CLI::Option* option : app.get_options()) {
    std::string value = absl::StrJoin(Choices(*option), " ");
    if (value.empty() && option->get_type_name() == "PATH") value = "PATH";
    if (value.empty()) continue;
    for (const std::string& name : option->get_lnames()) {
      values["--" + name] = value;
    }
    for (const std::string& name : option->get_snames()) {
      values["-" + name] = value;
    }
  }
}

// The path of the command line so far: words that are commands at their place.
std::string PathCases(const std::vector<Node>& nodes) {
  std::string cases;
  for (const Node& node : nodes) {
    if (!node.path.empty()) {
      absl::StrAppend(&cases, "      ", ShellQuoted(node.path),
                      ") path=$try ;;\n");
    }
  }
  return cases;
}

// Cases of the word before: `files` for a path, else `values`.
std::string ValueCases(const CLI::App& app) {
  std::map<std::string, std::string> values;
  CollectValues(app, values);
  std::string cases;
  for (const auto& [flag, value] : values) {
    absl::StrAppend(&cases, "    ", flag, ") ",
                    value == "PATH"
                        ? "files=1"
                        : absl::StrCat("values=", ShellQuoted(value)),
                    " ;;\n");
  }
  return cases;
}

// Shell text that lists the flags of another program from its own help.
std::string SiblingFlags(const std::string& name) {
  return absl::StrCat("$(isoshape ", name,
                      " --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]+' | "
                      "sort -u)");
}

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  const std::vector<Node> nodes = Nodes(app, "");
  std::string script = absl::StrCat(
      "# bash completion of isoshape: source <(isoshape completion bash)\n"
      "_isoshape() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} path='' try word i words=''\n"
      "  local previous='' values='' files=''\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    try=${path:+$path }$word\n"
      "    case $try in\n",
      PathCases(nodes),
      "    esac\n"
      "  done\n"
      "  ((COMP_CWORD > 0)) && previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  # --flag=value comes as three words\n"
      "  if [[ $cur == = ]]; then cur=''\n"
      "  elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; "
      "fi\n"
      "  case $previous in\n",
      ValueCases(app),
      "  esac\n"
      "  # without an answer the shell completes files\n"
      "  [[ -n $files ]] && return\n"
      "  if [[ -n $values ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n"
      "    return\n"
      "  fi\n"
      "  case $path in\n");
  for (const Node& node : nodes) {
    absl::StrAppend(&script, "    ", ShellQuoted(node.path), ") words=",
                    node.sibling ? SiblingFlags(node.path)
                                 : ShellQuoted(absl::StrJoin(
                                       node.words, " ",
                                       [](std::string* out, const auto& word) {
                                         absl::StrAppend(out, word.first);
                                       })),
                    " ;;\n");
  }
  absl::StrAppend(&script,
                  "  esac\n"
                  "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                  "}\n"
                  "complete -o default -F _isoshape isoshape\n");
  return script;
}

std::string ZshCompletion(const CLI::App& app) {
  const std::vector<Node> nodes = Nodes(app, "");
  std::string script = absl::StrCat(
      "#compdef isoshape\n"
      "# zsh completion of isoshape: source <(isoshape completion zsh)\n"
      "_isoshape() {\n"
      "  local path_='' try word values='' files=''\n"
      "  local -a entries\n"
      "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
      "    try=${path_:+$path_ }$word\n"
      "    case $try in\n",
      absl::StrReplaceAll(PathCases(nodes), {{"path=", "path_="}}),
      "    esac\n"
      "  done\n"
      "  case $words[CURRENT-1] in\n",
      ValueCases(app),
      "  esac\n"
      "  if [[ -n $files ]]; then\n"
      "    _files\n"
      "    return\n"
      "  fi\n"
      "  if [[ -n $values ]]; then\n"
      "    compadd -- ${=values}\n"
      "    return\n"
      "  fi\n"
      "  case $path_ in\n");
  for (const Node& node : nodes) {
    absl::StrAppend(&script, "    ", ShellQuoted(node.path), ") entries=(");
    if (node.sibling) {
      absl::StrAppend(&script, SiblingFlags(node.path), ") ;;\n");
      continue;
    }
    for (const auto& [word, description] : node.words) {
      absl::StrAppend(
          &script, "\n      ",
          ShellQuoted(absl::StrCat(
              word, ":", absl::StrReplaceAll(description, {{":", "\\:"}}))));
    }
    absl::StrAppend(&script, ") ;;\n");
  }
  absl::StrAppend(&script,
                  "  esac\n"
                  "  _describe isoshape entries || _files\n"
                  "}\n"
                  "compdef _isoshape isoshape\n");
  return script;
}

void RegisterCompletion(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      AddCommand(app, "completion", "Print a completion script for bash or zsh",
                 "source <(isoshape completion bash)\n"
                 "isoshape completion zsh > ~/.zfunc/_isoshape");
  // Lives as long as the callbacks that hold it.
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(OneOf({"bash", "zsh"}));
  command->callback([shell, &app, &context] {
    context.action = [shell, &app] {
      std::cout << (*shell == "bash" ? BashCompletion(app)
                                     : ZshCompletion(app));
      return absl::OkStatus();
    };
  });
}

}  // namespace isoshape
