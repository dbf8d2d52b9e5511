#ifndef ISOSHAPE_STORAGE_OPEN_OPTIONS_H_
#define ISOSHAPE_STORAGE_OPEN_OPTIONS_H_

#include <functional>
#include <string>

namespace isoshape {

// How a database is opened, of whatever kind it is.
struct OpenStoreOptions {
  // Is told, in a few words, what is waited for; by OpenTables also what does
  // not go as it should and is made good.
  std::function<void(const std::string& why)> tell{};
  // NOT_FOUND instead of a new one: of a file that is not there or is empty, of
  // a server's schema without tables.
  bool must_exist = false;
  // Waits as long as another coordinator has the database. PostgreSQL alone.
  bool standby = false;
  // Called once, on any thread, when another coordinator has taken the lead:
  // nothing can be written any more. PostgreSQL alone.
  std::function<void(const std::string& why)> on_lost{};
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_OPEN_OPTIONS_H_
