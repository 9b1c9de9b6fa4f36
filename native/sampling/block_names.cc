// SPDX-License-Identifier: MIT
#include "sampling/block_names.h"

#include <bpf/btf.h>

#include <cerrno>
#include <memory>

#include "error.h"

namespace xcap {

namespace {

std::vector<std::pair<uint32_t, std::string>> ReadEnum(const btf* types, const char* name, const std::string& prefix) {
  std::vector<std::pair<uint32_t, std::string>> values;
  const int id = btf__find_by_name_kind(types, name, BTF_KIND_ENUM);
  if (id < 0) return values;
  const btf_type* type = btf__type_by_id(types, static_cast<uint32_t>(id));
  const struct btf_enum* each = btf_enum(type);
  for (int i = 0; i < btf_vlen(type); i++) {
    const std::string text = btf__name_by_offset(types, each[i].name_off);
    if (text.compare(0, prefix.size(), prefix) == 0) {
      values.emplace_back(static_cast<uint32_t>(each[i].val), text.substr(prefix.size()));
    }
  }
  return values;
}

}  // namespace

BlockNames ReadBlockNames() {
  RequireBtf();
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), btf__free);
  if (!types) throw ExplainBpfFailure("read the kernel's type information", errno);
  // Linux 6.0, ff07a02e9e8e ("treewide: Rename enum req_opf into enum req_op").
  auto operations = ReadEnum(types.get(), "req_op", "REQ_OP_");
  if (operations.empty()) operations = ReadEnum(types.get(), "req_opf", "REQ_OP_");
  return {std::move(operations), ReadEnum(types.get(), "req_flag_bits", "__REQ_")};
}

}  // namespace xcap
