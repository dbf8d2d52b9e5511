#include "coordinator/served_certificates.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/files/write_through.h"
#include "common/threads/background_thread.h"

namespace isoshape {

ServedCertificates::MemoryFile::~MemoryFile() {
  if (handle_ >= 0) close(handle_);
}

std::string ServedCertificates::MemoryFile::path() const {
  return absl::StrCat("/proc/self/fd/", handle_);
}

bool ServedCertificates::MemoryFile::Replace(const std::string& text) {
  const int fresh = memfd_create("isoshape-certificate", MFD_CLOEXEC);
  if (fresh < 0) return false;
  if (!WriteAll(fresh, text)) {
    close(fresh);
    return false;
  }
  if (handle_ < 0) {
    handle_ = fresh;
    return true;
  }
  // Whoever opens the path has the old text or the new one.
  const bool replaced = dup3(fresh, handle_, O_CLOEXEC) >= 0;
  close(fresh);
  return replaced;
}

absl::StatusOr<std::unique_ptr<ServedCertificates>> ServedCertificates::Make(
    TlsFiles* files) {
  std::unique_ptr<ServedCertificates> made(new ServedCertificates(files));
  if (!made->Serve(files->Current())) {
    return absl::UnavailableError(absl::StrCat(
        "the certificate cannot be kept in a file in memory: error ", errno));
  }
  made->thread_ = std::thread([served = made.get()] { served->Run(); });
  return made;
}

ServedCertificates::~ServedCertificates() {
  stop_.Notify();
  if (thread_.joinable()) thread_.join();
}

std::string ServedCertificates::client_ca() const {
  return files_->asks_for_certificates() ? client_ca_.path() : "";
}

bool ServedCertificates::Serve(TlsFiles::Texts texts) {
  if (!cert_.Replace(texts.cert) || !key_.Replace(texts.key) ||
      !client_ca_.Replace(texts.client_ca)) {
    return false;
  }
  served_ = std::move(texts);
  return true;
}

void ServedCertificates::Run() {
  BecomeBackgroundThread();
  while (!stop_.WaitForNotificationWithTimeout(absl::Seconds(kLookSeconds))) {
    TlsFiles::Texts texts = files_->Current();
    if (texts.cert == served_.cert && texts.key == served_.key &&
        texts.client_ca == served_.client_ca) {
      continue;
    }
    Serve(std::move(texts));  // again in a second, if it fails
  }
}

}  // namespace isoshape
