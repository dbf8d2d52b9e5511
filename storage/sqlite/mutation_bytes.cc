#include "storage/sqlite/mutation_bytes.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message_lite.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "storage/stored_rows.h"

namespace isoshape {
namespace {

namespace io = google::protobuf::io;

// The kinds of changes, as bytes that stay what they are.
enum Kind : uint32_t {
  kPutCampaign = 1,
  kDeleteCampaign = 2,
  kPutTrial = 3,
  kPutMeasurement = 4,
  kDropMeasurements = 5,
  kAppendEvent = 6,
  kPutWorker = 7,
  kDeleteWorker = 8,
  kPutRequest = 9,
  kPruneRequests = 10,
  kPruneEvents = 11,
  kPutCounter = 12,
};

// One overload for each kind of change: the kind, then its fields in order.
class Encoder {
 public:
  explicit Encoder(std::string* bytes) : stream_(bytes), out_(&stream_) {}

  void operator()(const PutCampaign& put) {
    Write(kPutCampaign);
    Write(put.campaign);
  }
  void operator()(const DeleteCampaign& remove) {
    Write(kDeleteCampaign);
    Write(remove.name);
  }
  void operator()(const PutTrial& put) {
    Write(kPutTrial);
    Write(put.trial);
  }
  void operator()(const PutMeasurement& put) {
    Write(kPutMeasurement);
    Write(put.trial);
    Write(put.measurement);
  }
  void operator()(const DropMeasurements& drop) {
    Write(kDropMeasurements);
    Write(drop.trial);
    Write(drop.after_step);
  }
  void operator()(const AppendEvent& append) {
    Write(kAppendEvent);
    Write(append.event.sequence());
    Write(append.event.campaign());
    Write(StoredEvent(append.event));
  }
  void operator()(const PutWorker& put) {
    Write(kPutWorker);
    Write(put.worker);
  }
  void operator()(const DeleteWorker& remove) {
    Write(kDeleteWorker);
    Write(remove.name);
  }
  void operator()(const PutRequest& put) {
    Write(kPutRequest);
    Write(put.method);
    Write(put.request_id);
    Write(put.fingerprint);
    Write(put.response);
    Write(absl::ToUnixNanos(put.time));
  }
  void operator()(const PruneRequests& prune) {
    Write(kPruneRequests);
    Write(absl::ToUnixNanos(prune.before));
    Write(int64_t{prune.limit});
  }
  void operator()(const PruneEvents& prune) {
    Write(kPruneEvents);
    Write(absl::ToUnixNanos(prune.before));
    Write(int64_t{prune.limit});
  }
  void operator()(const PutCounter& put) {
    Write(kPutCounter);
    Write(put.name);
    Write(put.value);
  }
  void operator()(const TellChange& /*tell*/) {}

 private:
  void Write(Kind kind) { out_.WriteVarint32(kind); }
  void Write(int64_t value) {
    out_.WriteVarint64(static_cast<uint64_t>(value));
  }
  void Write(const std::string& text) {
    out_.WriteVarint64(text.size());
    out_.WriteString(text);
  }
  void Write(const google::protobuf::MessageLite& message) {
    out_.WriteVarint64(message.ByteSizeLong());
    message.SerializeWithCachedSizes(&out_);
  }

  io::StringOutputStream stream_;
  io::CodedOutputStream out_;
};

class Decoder {
 public:
  explicit Decoder(absl::string_view bytes)
      : size_(static_cast<int>(bytes.size())),
        in_(reinterpret_cast<const uint8_t*>(bytes.data()), size_) {}

  bool AtEnd() const { return in_.CurrentPosition() >= size_; }

  // Nothing if the bytes are none.
  std::optional<Mutation> Next() {
    uint32_t kind = 0;
    if (!in_.ReadVarint32(&kind)) return std::nullopt;
    switch (kind) {
      case kPutCampaign:
        return Read(PutCampaign(), &PutCampaign::campaign);
      case kDeleteCampaign:
        return Read(DeleteCampaign(), &DeleteCampaign::name);
      case kPutTrial:
        return Read(PutTrial(), &PutTrial::trial);
      case kPutMeasurement:
        return Read(PutMeasurement(), &PutMeasurement::trial,
                    &PutMeasurement::measurement);
      case kDropMeasurements:
        return Read(DropMeasurements(), &DropMeasurements::trial,
                    &DropMeasurements::after_step);
      case kAppendEvent:
        return ReadEvent();
      case kPutWorker:
        return Read(PutWorker(), &PutWorker::worker);
      case kDeleteWorker:
        return Read(DeleteWorker(), &DeleteWorker::name);
      case kPutRequest:
        return Read(PutRequest(), &PutRequest::method, &PutRequest::request_id,
                    &PutRequest::fingerprint, &PutRequest::response,
                    &PutRequest::time);
      case kPruneRequests:
        return Read(PruneRequests(), &PruneRequests::before,
                    &PruneRequests::limit);
      case kPruneEvents:
        return Read(PruneEvents(), &PruneEvents::before, &PruneEvents::limit);
      case kPutCounter:
        return Read(PutCounter(), &PutCounter::name, &PutCounter::value);
      default:
        return std::nullopt;
    }
  }

 private:
  // Reads the fields of a change, in order.
  template <typename Change, typename... Fields>
  std::optional<Mutation> Read(Change change, Fields... fields) {
    if ((Take(&(change.*fields)) && ...)) return Mutation(std::move(change));
    return std::nullopt;
  }
  std::optional<Mutation> ReadEvent() {
    int64_t sequence = 0;
    std::string campaign;
    AppendEvent append;
    if (!Take(&sequence) || !Take(&campaign) || !Take(&append.event)) {
      return std::nullopt;
    }
    append.event.set_sequence(sequence);
    append.event.set_campaign(std::move(campaign));
    return append;
  }

  bool Take(int64_t* value) {
    uint64_t bits = 0;
    if (!in_.ReadVarint64(&bits)) return false;
    *value = static_cast<int64_t>(bits);
    return true;
  }
  bool Take(int* value) {
    int64_t wide = 0;
    if (!Take(&wide)) return false;
    *value = static_cast<int>(wide);
    return true;
  }
  bool Take(absl::Time* time) {
    int64_t nanos = 0;
    if (!Take(&nanos)) return false;
    *time = absl::FromUnixNanos(nanos);
    return true;
  }
  bool Take(std::string* text) {
    uint32_t size = 0;
    return in_.ReadVarint32(&size) &&
           in_.ReadString(text, static_cast<int>(size));
  }
  bool Take(google::protobuf::MessageLite* message) {
    std::string bytes;
    return Take(&bytes) && message->ParseFromString(bytes);
  }

  const int size_;
  io::CodedInputStream in_;
};

}  // namespace

std::string EncodeMutations(const std::vector<Mutation>& mutations,
                            size_t room) {
  std::string bytes(room, '\0');
  {
    Encoder encoder(&bytes);
    for (const Mutation& mutation : mutations) std::visit(encoder, mutation);
  }
  return bytes;
}

absl::StatusOr<std::vector<Mutation>> DecodeMutations(absl::string_view bytes) {
  std::vector<Mutation> mutations;
  Decoder decoder(bytes);
  while (!decoder.AtEnd()) {
    std::optional<Mutation> mutation = decoder.Next();
    if (!mutation.has_value()) {
      return absl::DataLossError(
          "a commit of the log cannot be read: it is damaged, or of a newer "
          "isoshape");
    }
    mutations.push_back(*std::move(mutation));
  }
  return mutations;
}

}  // namespace isoshape
