#ifndef ISOSHAPE_TESTS_STORAGE_POSTGRES_PG_SERVER_H_
#define ISOSHAPE_TESTS_STORAGE_POSTGRES_PG_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "common/process/child_process.h"
#include "storage/postgres/pg_connection.h"
#include "tests/temp_folder.h"

namespace isoshape {

// A PostgreSQL of its own in a folder of its own, on a Unix socket there. Root
// gives it to the user postgres, as initdb refuses root. It ends with the
// object, and with this process.
class PgServer {
 public:
  // Why there can be none on this machine; empty if there can.
  static std::string Missing();

  PgServer();
  // A replica of one that runs.
  explicit PgServer(const PgServer& primary, const std::string& name);
  ~PgServer();
  PgServer(const PgServer&) = delete;
  PgServer& operator=(const PgServer&) = delete;

  // The folder of its socket `.s.PGSQL.5432`.
  std::string folder() const { return folder_.path(); }
  // An address in it, with a schema that no other has.
  std::string NewAddress();
  // The replica becomes a primary.
  void Promote() const;
  // A connection as its superuser, to `schema`.
  static std::unique_ptr<PgConnection> Connect(const std::string& address);

  // Ends at once, as by a loss of power; started again with what is on disk.
  void Kill();
  void Start();
  // Starts it with further settings: `name=value`.
  void StartWith(const std::vector<std::string>& settings);

 private:
  void TakeFolder() const;
  std::vector<std::string> As(const std::string& program,
                              const std::vector<std::string>& arguments) const;

  const TempFolder folder_;
  int schemas_ = 0;
  std::vector<std::string> settings_;
  std::unique_ptr<ChildProcess> process_;
};

// The one that the tests of a program share; never destroyed by hand.
PgServer& SharedPgServer();

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_STORAGE_POSTGRES_PG_SERVER_H_
