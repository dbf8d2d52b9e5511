#include "trainer/files/safetensors.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "trainer/files/durable_file.h"
#include "trainer/files/json_fields.h"

namespace isoshape {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little);

// The limit of the format's reference implementation.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;

[[noreturn]] void Refuse(const std::string& path, const std::string& problem) {
  throw std::runtime_error(path +
                           " is damaged or no safetensors file: " + problem);
}

// Reads `size` bytes; `what` is named in the error if the file has fewer.
void ReadBytes(std::istream& file, void* to, uint64_t size,
               const std::string& path, const std::string& what) {
  file.read(static_cast<char*>(to), static_cast<std::streamsize>(size));
  if (!file) Refuse(path, "it ends within " + what);
}

json ReadHeader(std::istream& file, uint64_t file_size, const std::string& path,
                uint64_t* values_size) {
  uint64_t length = 0;
  ReadBytes(file, &length, sizeof length, path, "its first 8 bytes");
  if (length > kMaxHeaderBytes || length > file_size - sizeof length) {
    Refuse(path, "a header of " + std::to_string(length) +
                     " bytes in a file of " + std::to_string(file_size));
  }
  std::string text(length, '\0');
  ReadBytes(file, text.data(), length, path, "its header");
  json header = ParseJson(text);
  if (!header.is_object()) Refuse(path, "its header is not a JSON object");
  *values_size = file_size - sizeof length - length;
  return header;
}

// Where a tensor's values lie, from the end of the header.
struct Place {
  std::string name;
  std::vector<int64_t> sizes;
  uint64_t begin = 0, end = 0;
};

Place ParsePlace(const std::string& name, const json& entry,
                 const std::string& path) {
  const std::string tensor = "tensor " + EchoedJson(name);
  try {
    if (entry.at("dtype") != "F32") {
      Refuse(path, tensor + " has type " + EchoedJson(entry.at("dtype")) +
                       " and not F32");
    }
    Place place{name, entry.at("shape").get<std::vector<int64_t>>(),
                entry.at("data_offsets").at(0).get<uint64_t>(),
                entry.at("data_offsets").at(1).get<uint64_t>()};
    uint64_t bytes = sizeof(float);
    for (const int64_t size : place.sizes) {
      bytes *= static_cast<uint64_t>(size);
    }
    if (place.end < place.begin || place.end - place.begin != bytes) {
      Refuse(path, tensor + " lies at bytes " + std::to_string(place.begin) +
                       " to " + std::to_string(place.end) +
                       " and its shape asks for " + std::to_string(bytes));
    }
    return place;
  } catch (const json::exception&) {
    Refuse(path, "the entry of " + tensor + " in its header");
  }
}

}  // namespace

void WriteSafetensors(const std::string& path,
                      const std::vector<TensorView>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  ordered_json header;
  header["__metadata__"] = metadata;
  size_t offset = 0;
  std::vector<std::span<const std::byte>> parts;
  for (const TensorView& tensor : tensors) {
    const size_t end = offset + tensor.values.size_bytes();
    header[tensor.name] = {{"dtype", "F32"},
                           {"shape", tensor.sizes},
                           {"data_offsets", {offset, end}}};
    offset = end;
    parts.push_back(std::as_bytes(tensor.values));
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the values are aligned
  const uint64_t length = text.size();
  parts.insert(parts.begin(),
               {std::as_bytes(std::span(&length, 1)),
                std::as_bytes(std::span(text.data(), text.size()))});
  ReplaceFile(path, parts);
}

Safetensors ReadSafetensors(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  const uint64_t file_size = std::filesystem::file_size(path, error);
  if (!file || error) {
    throw std::runtime_error(
        "cannot read " + path + ": " +
        (error ? error : std::error_code(errno, std::generic_category()))
            .message());
  }
  uint64_t values_size = 0;
  const json header = ReadHeader(file, file_size, path, &values_size);
  Safetensors read;
  std::vector<Place> places;
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") {
      places.push_back(ParsePlace(name, entry, path));
      continue;
    }
    try {
      read.metadata = entry.get<std::map<std::string, std::string>>();
    } catch (const json::exception&) {
      Refuse(path, "its metadata are not text");
    }
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.begin < b.begin; });
  uint64_t offset = 0;
  for (const Place& place : places) {
    if (place.begin != offset || place.end > values_size) {
      Refuse(path, "tensor " + EchoedJson(place.name) + " lies at bytes " +
                       std::to_string(place.begin) + " to " +
                       std::to_string(place.end) + " of " +
                       std::to_string(values_size));
    }
    StoredTensor tensor{
        place.sizes,
        std::vector<float>((place.end - place.begin) / sizeof(float))};
    ReadBytes(file, tensor.values.data(), place.end - place.begin, path,
              "tensor " + EchoedJson(place.name));
    read.tensors.emplace(place.name, std::move(tensor));
    offset = place.end;
  }
  if (offset != values_size) {
    Refuse(path, std::to_string(values_size - offset) +
                     " bytes lie behind its last tensor");
  }
  return read;
}

}  // namespace isoshape
