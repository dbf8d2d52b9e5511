#ifndef ISOSHAPE_COORDINATOR_SERVED_CERTIFICATES_H_
#define ISOSHAPE_COORDINATOR_SERVED_CERTIFICATES_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "coordinator/http/tls_files.h"

namespace isoshape {

// What TlsFiles has checked, as files in memory that gRPC 1.51 watches. It
// takes certificates that are renewed by paths alone, and reads whatever is
// there: of a large file all bytes, and of /dev/zero until there is no memory.
// Thread-safe.
class ServedCertificates {
 public:
  // How often gRPC is to look.
  static constexpr unsigned kLookSeconds = 1;

  // Borrows `files`, and looks at them from a thread of its own. UNAVAILABLE if
  // the system has no files in memory.
  static absl::StatusOr<std::unique_ptr<ServedCertificates>> Make(
      TlsFiles* files);
  ~ServedCertificates();
  ServedCertificates(const ServedCertificates&) = delete;
  ServedCertificates& operator=(const ServedCertificates&) = delete;

  // Paths of this process.
  std::string cert() const { return cert_.path(); }
  std::string key() const { return key_.path(); }
  // Empty if clients are asked for none.
  std::string client_ca() const;

 private:
  // A path whose text is replaced as a whole.
  class MemoryFile {
   public:
    MemoryFile() = default;
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    std::string path() const;
    // False with errno if there is no memory, or no descriptor; the text of
    // before stays.
    bool Replace(const std::string& text);

   private:
    int handle_ = -1;
  };

  explicit ServedCertificates(TlsFiles* files) : files_(files) {}

  bool Serve(TlsFiles::Texts texts);
  void Run();

  TlsFiles* const files_;
  TlsFiles::Texts served_;  // used by the thread alone once it runs
  MemoryFile cert_;
  MemoryFile key_;
  MemoryFile client_ca_;
  absl::Notification stop_;
  std::thread thread_;  // last: uses the others
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVED_CERTIFICATES_H_
