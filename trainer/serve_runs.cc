#include "trainer/serve_runs.h"

#include <algorithm>
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
#include <vector>

#include "trainer/data.h"
#include "trainer/line_writer.h"
#include "trainer/order_input.h"
#include "trainer/parallel/process_team.h"
#include "trainer/replica_run.h"
#include "trainer/replica_specs.h"
#include "trainer/run_spec.h"
#include "trainer/training_run.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Orders in the order in which they came, and which of the runs under way are
// to stop. Thread-safe: one thread reads lines into it, another takes runs out.
class Orders {
 public:
  explicit Orders(int replicas) : replicas_(replicas) {}

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
    for (std::atomic<bool>& stop : stops_) stop = true;
    changed_.notify_one();
  }

  // Waits for a `run` line; nothing where there will be none.
  std::optional<json> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !runs_.empty(); });
    if (ended_) return std::nullopt;
    json line = WithReplicas(runs_.front(), replicas_);
    runs_.pop_front();
    present_ = RunsOf(line);
    stops_.clear();
    for (const std::string& run : present_) {
      stops_.emplace_back(std::erase(early_stops_, run) > 0);
    }
    return line;
  }

  // True as soon as that run of the line that was taken last is to stop; until
  // the next line is taken.
  const std::atomic<bool>& stop(size_t run) const { return stops_[run]; }

 private:
  void Stop(const json& run) {
    if (!run.is_string()) return;
    const auto name = run.get<std::string>();
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < present_.size(); ++i) {
      if (present_[i] == name) stops_[i] = true;
    }
    for (const json& line : runs_) {
      const std::vector<std::string> waiting =
          RunsOf(WithReplicas(line, replicas_));
      if (std::find(waiting.begin(), waiting.end(), name) != waiting.end()) {
        early_stops_.push_back(name);
      }
    }
  }

  const int replicas_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<json> runs_;
  std::vector<std::string> present_;      // runs of the line taken last
  std::deque<std::atomic<bool>> stops_;   // one for each of them
  std::vector<std::string> early_stops_;  // of runs that were not yet taken
  bool ended_ = false;
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

// Does what `run` lines ask for, one after another.
class Server {
 public:
  Server(const Device& device, const Orders& orders, LineWriter& writer)
      : device_(device), orders_(orders), writer_(writer) {}

  void Do(const json& line) {
    const std::vector<std::string> runs = RunsOf(line);
    try {
      const std::vector<RunSpec> specs = ParseRunSpecs(line);
      Open(specs.front().data_path);
      if (specs.size() == 1) {
        Alone(specs.front(), 0);
      } else {
        Together(specs);
      }
    } catch (const std::exception& error) {
      for (const std::string& run : runs) {
        writer_.Result(
            run, {RunResult::Outcome::kFailed, error.what(), std::nullopt});
      }
    }
  }

 private:
  // The data of the last run stay open.
  void Open(const std::string& name) {
    if (data_ != nullptr && data_name_ == name) return;
    data_.reset();
    data_ = OpenData(name);
    data_name_ = name;
  }

  void Alone(const RunSpec& spec, size_t index) {
    Relay relay(writer_, spec);
    writer_.Result(spec.run, RunTraining(spec, *data_, device_,
                                         orders_.stop(index), relay));
  }

  // What there is no memory for together trains one after another.
  void Together(const std::vector<RunSpec>& specs) {
    std::deque<Relay> relays;
    std::vector<Replica> replicas;
    for (size_t i = 0; i < specs.size(); ++i) {
      relays.emplace_back(writer_, specs[i]);
      replicas.push_back({specs[i], orders_.stop(i), relays.back()});
    }
    std::vector<size_t> left;
    RunReplicas(replicas, *data_, device_,
                [&](size_t index, const RunResult& result) {
                  if (result.outcome == RunResult::Outcome::kOutOfMemory) {
                    left.push_back(index);
                  } else {
                    writer_.Result(specs[index].run, result);
                  }
                });
    for (const size_t index : left) {
      relays[index].OnWarning("no memory for " + std::to_string(specs.size()) +
                              " replicas; trained alone");
      Alone(specs[index], index);
    }
  }

  const Device& device_;
  const Orders& orders_;
  LineWriter& writer_;
  std::string data_name_;
  std::unique_ptr<const Data> data_;
};

}  // namespace

void ServeRuns(int in, std::ostream& out, const Device& device, int replicas) {
  LineWriter writer(out);
  writer.Ready(device);
  Orders orders(replicas);
  OrderInput input(in);
  std::thread reader([&orders, &input] { orders.ReadFrom(input); });
  Server server(device, orders, writer);
  while (const std::optional<json> line = orders.Take()) {
    server.Do(*line);
    if (device.team != nullptr && device.team->lost()) {
      std::cerr << "isoshape-trainer: a process of the team was lost\n"
                << std::flush;
      std::_Exit(1);  // the other thread waits for input
    }
  }
  reader.join();
}

}  // namespace isoshape
