#include "worker/run/kept_results.h"

#include <fcntl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/one_line.h"
#include "common/request_id.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

using google::protobuf::util::ParseDelimitedFromZeroCopyStream;
using google::protobuf::util::SerializeDelimitedToOstream;

constexpr char kSuffix[] = ".result";
// The first line of a file, and then the server and a line break; the messages
// follow: the reports, an empty one, the completion.
constexpr char kForm[] = "isoshape result 1 for ";
// Points in one request (worker_service.proto).
constexpr size_t kMaxMeasurements = 1000;

absl::Status Failure(const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat(path, ": ", strerror(error)));
}

// Writes the text to the file and waits until it is on the disk.
bool WriteThrough(int file, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write(file, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    done += static_cast<size_t>(count);
  }
  return fsync(file) == 0;
}

// So that the file's name is on the disk too.
void SyncFolder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

std::vector<v1::ReportMeasurementsRequest> ReportsOf(
    const v1::CompleteTrialRequest& completion,
    const std::vector<v1::Measurement>& points) {
  std::vector<v1::ReportMeasurementsRequest> reports;
  for (size_t i = 0; i < points.size(); ++i) {
    if (i % kMaxMeasurements == 0) {
      v1::ReportMeasurementsRequest& report = reports.emplace_back();
      report.set_worker(completion.worker());
      report.set_trial(completion.trial());
      report.set_fencing_token(completion.fencing_token());
      report.set_start_step(completion.start_step());
      report.set_request_id(NewRequestId());
    }
    *reports.back().add_measurements() = points[i];
  }
  return reports;
}

}  // namespace

KeptResult::KeptResult(KeptResult&& other) noexcept {
  *this = std::move(other);
}

KeptResult& KeptResult::operator=(KeptResult&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(path_, other.path_);
  std::swap(reports_, other.reports_);
  std::swap(completion_, other.completion_);
  return *this;
}

KeptResult::~KeptResult() {
  if (file_ >= 0) close(file_);
}

void KeptResult::Remove() {
  if (!path_.empty()) unlink(path_.c_str());
  if (file_ >= 0) close(file_);
  file_ = -1;
  path_.clear();
}

ResultKeeper::ResultKeeper(std::string folder, std::string server)
    : folder_(std::move(folder)), server_(std::move(server)) {}

KeptResult ResultKeeper::Keep(const v1::CompleteTrialRequest& completion,
                              const std::vector<v1::Measurement>& points) {
  KeptResult result;
  if (folder_.empty()) return result;
  result.reports_ = ReportsOf(completion, points);
  result.completion_ = completion;
  // It is not sent as it stands here: what is not reported may go with it.
  result.completion_.set_request_id(NewRequestId());
  const absl::Status status = Write(result);
  if (!status.ok() && !trouble_told_.exchange(true)) {
    spdlog::warn(
        "results cannot be kept: {}; one that the coordinator has not taken "
        "when this worker ends is lost; see --results",
        OneLine(status.message()));
  }
  return result;
}

absl::Status ResultKeeper::Write(KeptResult& result) {
  const v1::CompleteTrialRequest& completion = result.completion_;
  std::ostringstream text;
  text << kForm << server_ << '\n';
  for (const v1::ReportMeasurementsRequest& report : result.reports_) {
    SerializeDelimitedToOstream(report, &text);
  }
  SerializeDelimitedToOstream(v1::ReportMeasurementsRequest(), &text);
  SerializeDelimitedToOstream(completion, &text);
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  const std::string path = absl::StrCat(
      folder_, "/", absl::StrReplaceAll(completion.trial(), {{"/", "-"}}), "-",
      completion.fencing_token(), kSuffix);
  const std::string draft = path + ".new";
  const int file =
      open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Failure(draft, errno);
  flock(file, LOCK_EX | LOCK_NB);
  if (!WriteThrough(file, text.str()) ||
      rename(draft.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    unlink(draft.c_str());
    close(file);
    return Failure(draft, reason);
  }
  SyncFolder(folder_);
  result.file_ = file;
  result.path_ = path;
  return absl::OkStatus();
}

absl::StatusOr<KeptResult> ResultKeeper::Read(const std::string& path) const {
  KeptResult result;
  result.file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat found = {};
  // One that lives may deliver it at any moment.
  if ((result.file_ < 0 && errno == ENOENT) ||
      (result.file_ >= 0 &&
       (flock(result.file_, LOCK_EX | LOCK_NB) != 0 ||
        fstat(result.file_, &found) != 0 || found.st_nlink == 0))) {
    return absl::FailedPreconditionError("its worker lives");
  }
  if (result.file_ < 0) return Failure(path, errno);
  std::ifstream file(path, std::ios::binary);
  std::string server;
  std::getline(file, server);
  if (server != absl::StrCat(kForm, server_)) {
    return absl::NotFoundError("it is for another server");
  }
  const std::string rest{std::istreambuf_iterator<char>(file), {}};
  google::protobuf::io::ArrayInputStream stream(rest.data(),
                                                static_cast<int>(rest.size()));
  bool end = false;
  while (true) {
    v1::ReportMeasurementsRequest report;
    if (!ParseDelimitedFromZeroCopyStream(&report, &stream, &end)) break;
    if (report.trial().empty()) {
      if (!ParseDelimitedFromZeroCopyStream(&result.completion_, &stream,
                                            &end)) {
        break;
      }
      result.path_ = path;
      return result;
    }
    result.reports_.push_back(std::move(report));
  }
  return absl::DataLossError("it is damaged");
}

std::vector<KeptResult> ResultKeeper::TakeLeft() {
  std::vector<KeptResult> left;
  if (folder_.empty()) return left;
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_, error)) {
    const std::string path = entry.path().string();
    if (absl::EndsWith(path, kSuffix)) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    absl::StatusOr<KeptResult> result = Read(path);
    if (result.ok()) {
      left.push_back(*std::move(result));
    } else if (!absl::IsFailedPrecondition(result.status())) {
      spdlog::warn("{}: the result of a worker that has ended stays there: {}",
                   OneLine(path), OneLine(result.status().message()));
    }
  }
  return left;
}

}  // namespace isoshape
