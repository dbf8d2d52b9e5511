// A libnvidia-ml.so.1 for tests: its GPUs are what FAKE_NVML says, words with
// blanks between. Each is UUID, or UUID=MODE with the compute mode as NVML
// numbers it, or UUID/INSTANCE/INSTANCE… for a card that is divided by MIG.
// `error=N` has nvmlInit fail so.
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Device {
  std::string uuid;
  int mode = 0;
  int place = 0;
  std::vector<Device> instances;
};

// What the driver of one machine answers.
struct Driver {
  int error = 0;
  std::vector<Device> cards;

  Driver() {
    const char* text = std::getenv("FAKE_NVML");
    std::istringstream words(text == nullptr ? "" : text);
    for (std::string word; words >> word;) {
      if (word.compare(0, 6, "error=") == 0) {
        error = std::stoi(word.substr(6));
        continue;
      }
      Device card;
      card.place = static_cast<int>(cards.size());
      std::istringstream parts(word);
      std::getline(parts, card.uuid, '/');
      if (const size_t equals = card.uuid.find('='); equals < word.size()) {
        card.mode = std::stoi(card.uuid.substr(equals + 1));
        card.uuid.resize(equals);
      }
      for (std::string part; std::getline(parts, part, '/');) {
        Device instance;
        instance.uuid = part;
        card.instances.push_back(instance);
      }
      cards.push_back(card);
    }
  }
};

Driver& TheDriver() {
  static Driver driver;
  return driver;
}

constexpr int kNotFound = 6;

int Copy(const std::string& text, char* to, unsigned size) {
  if (text.size() + 1 > size) return 7;
  std::memcpy(to, text.c_str(), text.size() + 1);
  return 0;
}

}  // namespace

extern "C" {

// Reads FAKE_NVML anew, so that one process can test several machines.
int nvmlInit_v2() {
  TheDriver() = Driver();
  return TheDriver().error;
}
const char* nvmlErrorString(int error) {
  return error == 18 ? "Driver/library version mismatch" : "Unknown Error";
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = static_cast<unsigned>(TheDriver().cards.size());
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device** device) {
  if (index >= TheDriver().cards.size()) return kNotFound;
  *device = &TheDriver().cards[index];
  return (*device)->uuid == "lost" ? 15 : 0;
}
int nvmlDeviceGetHandleByUUID(const char* uuid, Device** device) {
  for (Device& card : TheDriver().cards) {
    if (card.uuid == uuid) {
      *device = &card;
      return 0;
    }
  }
  return kNotFound;
}
// The card at place 3 is 00000000:03:00.0.
int nvmlDeviceGetHandleByPciBusId_v2(const char* id, Device** device) {
  for (Device& card : TheDriver().cards) {
    if ("00000000:0" + std::to_string(card.place) + ":00.0" == id) {
      *device = &card;
      return 0;
    }
  }
  return kNotFound;
}
int nvmlDeviceGetUUID(Device* device, char* text, unsigned size) {
  return Copy(device->uuid, text, size);
}
// Cards whose UUID ends in x are of another model.
int nvmlDeviceGetName(Device* device, char* text, unsigned size) {
  return Copy(device->uuid.back() == 'x' ? "Fast GPU" : "GPU", text, size);
}
int nvmlDeviceGetComputeMode(Device* device, int* mode) {
  *mode = device->mode;
  return 0;
}
// 1000 J more for each place.
int nvmlDeviceGetTotalEnergyConsumption(Device* device,
                                        unsigned long long* millijoules) {
  *millijoules = 1'000'000ULL * static_cast<unsigned>(device->place) + 500;
  return 0;
}
int nvmlDeviceGetMigMode(Device* device, unsigned* current, unsigned* pending) {
  *current = *pending = device->instances.empty() ? 0 : 1;
  return 0;
}
int nvmlDeviceGetMaxMigDeviceCount(Device* /*device*/, unsigned* count) {
  *count = 7;
  return 0;
}
int nvmlDeviceGetMigDeviceHandleByIndex(Device* device, unsigned place,
                                        Device** instance) {
  if (place >= device->instances.size()) return kNotFound;
  *instance = &device->instances[place];
  return 0;
}

}  // extern "C"
