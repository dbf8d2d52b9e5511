#include "trainer/protocol/serve_runs.h"

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
#include <utility>
#include <vector>

#include "trainer/data/data.h"
#include "trainer/parallel/process_team.h"
#include "trainer/protocol/line_writer.h"
#include "trainer/protocol/order_input.h"
#include "trainer/protocol/replica_specs.h"
#include "trainer/run/results.h"
#include "trainer/run/run_outcome.h"
#include "trainer/run/training_run.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Orders in the order in which they came, and which of their runs are to stop.
// Thread-safe: one thread reads lines into it, another takes runs out.
class Orders {
 public:
  explicit Orders(int replicas) : replicas_(replicas) {}

  // Reads until the input ends, and then stops what runs if SIGTERM comes.
  void ReadFrom(OrderInput& in) {
    while (const std::optional<std::string> text = in.NextLine()) {
      json line = json::parse(*text, nullptr, /*allow_exceptions=*/false);
      const json type = line.is_object() ? line.value("type", json()) : json();
      if (type == "run") {
        const std::lock_guard<std::mutex> lock(mutex_);
        waiting_.push_back(
            std::make_unique<Order>(WithReplicas(line, replicas_)));
        changed_.notify_one();
      } else if (type == "stop") {
        Stop(line.value("run", json()));
      } else if (!text->empty()) {
        std::cerr << "isoshape-trainer: not understood: "
                  << text->substr(0, 120) << '\n'
                  << std::flush;
      }
    }
    End(/*terminated=*/false);
    if (in.WaitForTermination()) End(/*terminated=*/true);
  }

  // Waits for a `run` line. Returns nothing if there will be none.
  std::optional<json> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (terminated_ || waiting_.empty()) return std::nullopt;
    present_ = std::move(waiting_.front());
    waiting_.pop_front();
    return present_->line;
  }

  // True as soon as that run of the line that was taken last is to stop; until
  // the next line is taken.
  const std::atomic<bool>& stop(size_t run) const {
    return present_->stops[run];
  }

 private:
  struct Order {
    explicit Order(json with_replicas)
        : line(std::move(with_replicas)),
          runs(RunsOf(line)),
          stops(runs.size()) {}

    void Stop(const std::string& run) {
      for (size_t i = 0; i < runs.size(); ++i) {
        if (runs[i] == run) stops[i] = true;
      }
    }

    const json line;
    const std::vector<std::string> runs;  // of the line
    std::deque<std::atomic<bool>> stops;  // one for each of them
  };

  // No more lines will come. If the process was told to end, what runs is
  // stopped, and what waits is left; else both are done.
  void End(bool terminated) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    terminated_ = terminated;
    if (terminated && present_ != nullptr) {
      for (std::atomic<bool>& stop : present_->stops) stop = true;
    }
    changed_.notify_one();
  }

  void Stop(const json& run) {
    if (!run.is_string()) return;
    const auto name = run.get<std::string>();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (present_ != nullptr) present_->Stop(name);
    for (const auto& order : waiting_) order->Stop(name);
  }

  const int replicas_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Order>> waiting_;
  std::unique_ptr<Order> present_;  // taken last
  bool ended_ = false;
  bool terminated_ = false;
};

// Relays what happens in a run.
class Relay : public RunObserver {
 public:
  Relay(LineWriter& writer, const RunSpec& spec)
      : writer_(writer), spec_(spec) {}

  void OnStarted(const RunStart& start) override {
    writer_.Started(spec_, start);
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

  // False if the device is lost: nothing more can be trained in this process.
  bool Do(const json& line) {
    try {
      const std::vector<RunSpec> specs = ParseRunSpecs(line);
      Open(specs.front().data_path);
      return Train(specs);
    } catch (const std::exception&) {
      const RunResult result = ResultOfException();
      for (const std::string& run : RunsOf(line)) writer_.Result(run, result);
    }
    return true;
  }

 private:
  // The data of the last run stay open as long as they are what they were.
  void Open(const std::string& name) {
    if (data_ != nullptr && data_name_ == name && data_->Change().empty()) {
      return;
    }
    data_.reset();
    data_ = OpenData(name);
    data_name_ = name;
  }

  // Several for which there is no memory together train one after another.
  bool Train(const std::vector<RunSpec>& specs) {
    std::deque<Relay> relays;
    std::vector<Replica> replicas;
    for (size_t i = 0; i < specs.size(); ++i) {
      relays.emplace_back(writer_, specs[i]);
      replicas.push_back({specs[i], orders_.stop(i), relays.back()});
    }
    std::vector<size_t> left;
    bool usable = RunReplicas(
        replicas, *data_, device_, [&](size_t i, const RunResult& result) {
          if (result.outcome == RunResult::Outcome::kOutOfMemory &&
              specs.size() > 1) {
            left.push_back(i);
          } else {
            writer_.Result(specs[i].run, result);
          }
        });
    for (const size_t i : left) {
      relays[i].OnWarning("no memory for " + std::to_string(specs.size()) +
                          " replicas; trained alone");
      usable = RunReplicas({replicas[i]}, *data_, device_,
                           [&](size_t /*replica*/, const RunResult& result) {
                             writer_.Result(specs[i].run, result);
                           }) &&
               usable;
    }
    return usable;
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
  // The other thread waits for input, and a device that is lost may never end.
  const auto end = [](const char* why) {
    std::cerr << "isoshape-trainer: " << why << '\n' << std::flush;
    std::_Exit(1);
  };
  while (const std::optional<json> line = orders.Take()) {
    if (!server.Do(*line)) end("the device failed; another trainer must start");
    if (device.team != nullptr && device.team->lost()) {
      end("a process of the team was lost");
    }
  }
  input.Release();
  reader.join();
}

}  // namespace isoshape
