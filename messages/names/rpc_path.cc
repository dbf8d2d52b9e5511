#include "messages/names/rpc_path.h"

#include <string>

#include "absl/strings/match.h"

namespace isoshape {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

const MethodDescriptor* MethodOfPath(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (!absl::StartsWith(path, kRpcPathPrefix) || slash == 0) return nullptr;
  const std::string service(path.substr(1, slash - 1));
  const ServiceDescriptor* found =
      DescriptorPool::generated_pool()->FindServiceByName(service);
  return found == nullptr
             ? nullptr
             : found->FindMethodByName(std::string(path.substr(slash + 1)));
}

}  // namespace isoshape
