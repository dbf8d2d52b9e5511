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
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "common/files/retried.h"
#include "common/files/write_through.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "worker/run/card_limits.h"
#include "worker/run/measurement_report.h"

namespace isoshape {
namespace {

using google::protobuf::util::ParseDelimitedFromZeroCopyStream;
using google::protobuf::util::SerializeDelimitedToOstream;

// No result is near it: a card and the points of a curve.
constexpr off_t kMaxBytes = off_t{256} << 20;
constexpr char kSuffix[] = ".result";
constexpr char kDraftSuffix[] = ".result.new";  // not yet whole
// The first line of a file, and then the server and a line break; the messages
// follow: the reports, an empty one, the completion.
constexpr char kForm[] = "isoshape result 1 for ";

absl::Status Failure(const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat(path, ": ", strerror(error)));
}

std::vector<v1::ReportMeasurementsRequest> ReportsOf(
    const v1::CompleteTrialRequest& completion,
    std::vector<v1::Measurement> points) {
  v1::ReportMeasurementsRequest head;
  head.set_worker(completion.worker());
  head.set_trial(completion.trial());
  head.set_fencing_token(completion.fencing_token());
  head.set_start_step(completion.start_step());
  std::vector<v1::ReportMeasurementsRequest> reports;
  while (!points.empty()) reports.push_back(TakeReport(head, &points));
  return reports;
}

absl::Status CannotBe(absl::string_view done, int error) {
  return absl::UnavailableError(
      absl::StrCat("it cannot be ", done, ": ", strerror(error)));
}

// Opens the file and locks it. By this descriptor alone: on NFS a lock needs
// one that is open for writing, and ends when any other of the process is
// closed. FAILED_PRECONDITION: its worker lives, or has just delivered it.
absl::StatusOr<int> OpenLocked(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && errno == ENOENT) {
    return absl::FailedPreconditionError("it is not there any more");
  }
  if (file < 0) return CannotBe("opened", errno);
  absl::Status status;
  struct stat found = {};
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    status = errno == EWOULDBLOCK
                 ? absl::FailedPreconditionError("its worker lives")
                 : CannotBe("locked", errno);
  } else if (fstat(file, &found) != 0) {
    status = CannotBe("looked at", errno);
  } else if (found.st_nlink == 0) {
    status = absl::FailedPreconditionError("it is not there any more");
  } else if (!S_ISREG(found.st_mode) || found.st_size > kMaxBytes) {
    status = absl::UnavailableError("it is no result of a worker");
  }
  if (status.ok()) return file;
  close(file);
  return status;
}

absl::StatusOr<std::string> ReadAll(int file) {
  std::string text;
  char bytes[1 << 16];
  while (true) {
    const ssize_t count =
        Retried([&] { return read(file, bytes, sizeof bytes); });
    if (count < 0) return CannotBe("read", errno);
    if (count == 0) return text;
    text.append(bytes, static_cast<size_t>(count));
  }
}

// Removes what a killed worker has not written to its end. An empty one may be
// that of a worker which is about to lock it.
void RemoveDraft(const std::string& path) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) == 0 || error) return;
  const absl::StatusOr<int> file = OpenLocked(path);
  if (!file.ok()) return;
  unlink(path.c_str());
  close(*file);
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
  if (result.completion_.has_shape_card()) {
    LeaveOutWhatIsNotStored(completion.state(),
                            result.completion_.mutable_shape_card());
  }
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
  const std::string draft =
      absl::StrCat(path.substr(0, path.size() - strlen(kSuffix)), kDraftSuffix);
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
  SyncNames(folder_);
  result.file_ = file;
  result.path_ = path;
  return absl::OkStatus();
}

absl::StatusOr<KeptResult> ResultKeeper::Read(const std::string& path) const {
  KeptResult result;
  ISOSHAPE_ASSIGN_OR_RETURN(result.file_, OpenLocked(path));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string text, ReadAll(result.file_));
  const size_t end_of_line = text.find('\n');
  if (end_of_line == std::string::npos || !absl::StartsWith(text, kForm)) {
    return absl::DataLossError("it is damaged");
  }
  if (text.substr(0, end_of_line) != absl::StrCat(kForm, server_)) {
    return absl::NotFoundError("it is for another server");
  }
  const size_t begin = end_of_line + 1;
  google::protobuf::io::ArrayInputStream stream(
      text.data() + begin, static_cast<int>(text.size() - begin));
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
  std::vector<std::string> drafts;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_, error)) {
    const std::string path = entry.path().string();
    if (absl::EndsWith(path, kSuffix)) paths.push_back(path);
    if (absl::EndsWith(path, kDraftSuffix)) drafts.push_back(path);
  }
  for (const std::string& path : drafts) RemoveDraft(path);
  std::sort(paths.begin(), paths.end());
  int for_others = 0;
  for (const std::string& path : paths) {
    absl::StatusOr<KeptResult> result = Read(path);
    if (result.ok()) {
      left.push_back(*std::move(result));
    } else if (absl::IsNotFound(result.status())) {
      ++for_others;
    } else if (!absl::IsFailedPrecondition(result.status())) {
      spdlog::warn("{}: the result of a worker that has ended stays there: {}",
                   OneLine(path), OneLine(result.status().message()));
    }
  }
  if (for_others > 0) {
    spdlog::warn(
        "{}: {} of workers that have ended stay{} there, for another "
        "server than {}; start a worker with the --server that the first line "
        "of each names, or remove them",
        OneLine(folder_), Counted(for_others, "result"),
        for_others == 1 ? "s" : "", OneLine(server_));
  }
  return left;
}

}  // namespace isoshape
