#include "storage/postgres/pg_address.h"

#include <libpq-fe.h>

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr char kForm[] =
    "give postgres://USER@HOST:PORT/DATABASE, or postgres:///DATABASE for a "
    "server of this machine";

absl::Status RefusedPassword() {
  return absl::InvalidArgumentError(
      "the database's address holds a password, which lists of processes and "
      "logs would show; leave it out, and write it into ~/.pgpass or the file "
      "that PGPASSFILE names, one line HOST:PORT:DATABASE:USER:PASSWORD (mode "
      "600)");
}

// Whether libpq would find a password in it, also where it is malformed.
bool HoldsPassword(absl::string_view address) {
  const absl::string_view rest = address.substr(address.find("://") + 3);
  const absl::string_view place = rest.substr(0, rest.find('?'));
  const size_t at = place.rfind('@');
  return (at != absl::string_view::npos &&
          absl::StrContains(place.substr(0, at), ':')) ||
         absl::StrContains(absl::AsciiStrToLower(rest), "password=");
}

// Takes `schema` out of what follows the `?`.
absl::Status TakeSchema(PgAddress& address) {
  const size_t question = address.uri.find('?');
  if (question == std::string::npos) return absl::OkStatus();
  std::vector<std::string> kept;
  for (absl::string_view pair :
       absl::StrSplit(address.uri.substr(question + 1), '&')) {
    if (!absl::ConsumePrefix(&pair, "schema=")) {
      kept.emplace_back(pair);
      continue;
    }
    address.schema = std::string(pair);
    bool good = !pair.empty() && pair.size() <= 63 &&
                !absl::ascii_isdigit(static_cast<unsigned char>(pair[0])) &&
                !absl::StartsWith(pair, "pg_");
    for (const char one : pair) {
      good = good && (absl::ascii_islower(static_cast<unsigned char>(one)) ||
                      absl::ascii_isdigit(static_cast<unsigned char>(one)) ||
                      one == '_');
    }
    if (!good) {
      return absl::InvalidArgumentError(absl::StrCat(
          "schema '", OneLine(pair),
          "' of the database's address is no name; give up to 63 of a-z, 0-9 "
          "and _, the first no digit"));
    }
  }
  address.uri.resize(question);
  if (!kept.empty()) {
    absl::StrAppend(&address.uri, "?", absl::StrJoin(kept, "&"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PgAddress> ParsePgAddress(const std::string& address) {
  if (!absl::StartsWith(address, "postgres://") &&
      !absl::StartsWith(address, "postgresql://")) {
    return absl::InvalidArgumentError(
        absl::StrCat("the database's address '",
                     OneLine(address.substr(0, address.find(':'))),
                     ":…' is none of PostgreSQL; ", kForm));
  }
  if (HoldsPassword(address)) return RefusedPassword();
  PgAddress parsed;
  parsed.uri = address;
  parsed.shown = OneLine(address);
  ISOSHAPE_RETURN_IF_ERROR(TakeSchema(parsed));
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(parsed.uri.c_str(), &error), PQconninfoFree);
  const std::unique_ptr<char, void (*)(void*)> text(error, PQfreemem);
  if (options == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "database ", parsed.shown, ": ",
        OneLine(text == nullptr ? "it cannot be read" : text.get()), "; ",
        kForm));
  }
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr;
       ++one) {
    const absl::string_view keyword = one->keyword;
    if (one->val == nullptr) continue;
    if (absl::StrContains(keyword, "password") && keyword != "passfile") {
      return RefusedPassword();
    }
    if (keyword == "options") parsed.options = one->val;
  }
  return parsed;
}

}  // namespace isoshape
