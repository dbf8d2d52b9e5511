#ifndef ISOSHAPE_GPU_NVML_H_
#define ISOSHAPE_GPU_NVML_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoshape {

// A GPU, or a MIG instance of one, as NVML sees it.
struct Gpu {
  std::string uuid;  // `GPU-…` or `MIG-…`; CUDA_VISIBLE_DEVICES takes it
  std::string name;  // of the card: `NVIDIA H100 80GB HBM3`
  bool mig = false;  // an instance of a card that is divided by MIG
  std::string card_uuid;  // of that card; else `uuid`

  // Who may use the card (nvidia-smi -c).
  enum class ComputeMode { kShared, kExclusive, kProhibited };
  ComputeMode compute_mode = ComputeMode::kShared;
};

// NVIDIA's management library, libnvidia-ml.so.1, which every driver brings. It
// is loaded when asked for, so that nothing needs it to be there. Functions
// other than Get may be called by several threads.
class Nvml {
 public:
  // That of this process, loaded once. ISOSHAPE_NVML=FILE loads another
  // library in its place: tests make one.
  static const Nvml& Get();

  // Loads `file`.
  explicit Nvml(const std::string& file);
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;
  ~Nvml();

  bool usable() const;
  // Why it is not usable though it is there, in one line with the remedy;
  // empty if it is usable, or not there at all.
  const std::string& trouble() const { return trouble_; }

  // All that this process may see, in NVML's order (that of the PCI bus). A
  // card that is divided by MIG stands as its instances. A card that the
  // driver has lost is left out.
  std::vector<Gpu> Gpus() const;

  // Energy since the driver was loaded, joules, of the card with this UUID, or
  // of the one at this place of the PCI bus if no card has the UUID. Nothing
  // for a card that does not count it (before Volta), and for one divided by
  // MIG, of which others use the rest.
  std::optional<double> Joules(const std::string& uuid,
                               const std::string& pci_bus_id) const;

 private:
  struct Functions;
  std::unique_ptr<Functions> functions_;  // null: not usable
  std::string trouble_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_GPU_NVML_H_
