#include "trainer/serve_runs.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <thread>

#include "trainer/data.h"
#include "trainer/line_writer.h"
#include "trainer/order_input.h"
#include "trainer/parallel/process_team.h"
#include "trainer/run_spec.h"
#include "trainer/training_run.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Orders in the order in which they came, and whether the run under way is to
// stop. Thread-safe: one thread reads lines into it, another takes runs out.
class Orders {
 public:
  // Reads until the input ends.
  void ReadFrom(OrderInput& in) {
    while (const std::optional<std::string> text = in.NextLine()) {
      json line = json::parse(*text, nullptr, /*allow_exceptions=*/false);
      const std::string type =
          line.is_object() ? line.value("type", json()).dump() : "";
      if (type == "\"run\"") {
        const std::lock_guard<std::mutex> lock(mutex_);
        runs_.push_back(std::move(line));
        changed_.notify_one();
      } else if (type == "\"stop\"") {
        Stop(line.value("run", json()));
      } else if (!text->empty()) {
        std::cerr << "isoshape-trainer: not understood: "
                  << text->substr(0, 120) << '\n'
                  << std::flush;
      }
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    stop_ = true;
    changed_.notify_one();
  }

  // Waits for a run; nothing where there will be none.
  std::optional<json> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !runs_.empty(); });
    if (ended_) return std::nullopt;
    json line = std::move(runs_.front());
    runs_.pop_front();
    present_ = line.value("run", json());
    stop_ = false;
    return line;
  }

  // True as soon as the run that was taken last is to stop.
  const std::atomic<bool>& stop() const { return stop_; }

 private:
  void Stop(const json& run) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (run == present_) stop_ = true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<json> runs_;
  json present_;
  bool ended_ = false;
  std::atomic<bool> stop_{false};
};

// Relays what happens in a run.
class Relay : public RunObserver {
 public:
  Relay(LineWriter& writer, const RunSpec& spec)
      : writer_(writer), spec_(spec) {}

  void OnStarted(int64_t parameters) override {
    writer_.Started(spec_.run, parameters, spec_.steps);
  }
  void OnMeasurement(const Measurement& measurement) override {
    writer_.Measured(spec_.run, measurement);
  }
  void OnAlive() override { writer_.Alive(spec_.run); }
  void OnWarning(const std::string& line) override {
    std::cerr << "isoshape-trainer: " << spec_.run << ": " << line << '\n'
              << std::flush;
  }

 private:
  LineWriter& writer_;
  const RunSpec& spec_;
};

RunResult Run(const json& line, const Device& device,
              const std::atomic<bool>& stop, LineWriter& writer,
              std::string& data_name, std::unique_ptr<const Data>& data) {
  try {
    const RunSpec spec = ParseRunSpec(line);
    Relay relay(writer, spec);
    if (data == nullptr || data_name != spec.data_path) {
      data.reset();
      data = OpenData(spec.data_path);
      data_name = spec.data_path;
    }
    return RunTraining(spec, *data, device, stop, relay);
  } catch (const std::exception& error) {
    return {RunResult::Outcome::kFailed, error.what(), std::nullopt};
  }
}

}  // namespace

void ServeRuns(int in, std::ostream& out, const Device& device) {
  LineWriter writer(out);
  writer.Ready(device);
  Orders orders;
  OrderInput input(in);
  std::thread reader([&orders, &input] { orders.ReadFrom(input); });
  std::string data_name;
  std::unique_ptr<const Data> data;
  while (const std::optional<json> line = orders.Take()) {
    const RunResult result =
        Run(*line, device, orders.stop(), writer, data_name, data);
    const json run = line->value("run", json());
    writer.Result(run.is_string() ? run.get<std::string>() : run.dump(),
                  result);
    if (device.team != nullptr && device.team->lost()) {
      std::cerr << "isoshape-trainer: " << result.error << '\n' << std::flush;
      std::_Exit(1);  // the other thread waits for input
    }
  }
  reader.join();
}

}  // namespace isoshape
