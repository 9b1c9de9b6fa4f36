// SPDX-License-Identifier: MIT
#include "symbolizing/module_file.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "rust/unwind.h"

namespace xcap {

namespace {

std::atomic<uint64_t> next_id{1};

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using UniqueElf = std::unique_ptr<Elf, ElfEnd>;

// Read, not mapped: a file that shrinks under a mapping would end this process.
UniqueElf BeginElf(int fd) {
  elf_version(EV_CURRENT);
  UniqueElf elf(elf_begin(fd, ELF_C_READ, nullptr));
  return elf && elf_kind(elf.get()) == ELF_K_ELF ? std::move(elf) : nullptr;
}

std::string Hex(const char* bytes, size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (size_t i = 0; i < size; i++) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

// The GNU build id among the notes, in hex; empty: it is not there.
std::string FindBuildId(Elf_Data* notes) {
  GElf_Nhdr note;
  size_t name = 0, desc = 0;
  for (size_t at = 0; notes && (at = gelf_getnote(notes, at, &note, &name, &desc)) > 0;) {
    const auto* const bytes = static_cast<const char*>(notes->d_buf);
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(bytes + name, "GNU", 4) == 0 &&
        note.n_descsz >= 4 && note.n_descsz <= 64) {
      return Hex(bytes + desc, note.n_descsz);
    }
  }
  return "";
}

std::string ReadBuildId(Elf* elf) {
  size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return "";
  for (size_t i = 0; i < std::min<size_t>(count, 256); i++) {
    GElf_Phdr header;
    if (!gelf_getphdr(elf, static_cast<int>(i), &header) || header.p_type != PT_NOTE || header.p_filesz > 65536) {
      continue;
    }
    const auto offset = static_cast<int64_t>(header.p_offset);
    std::string id = FindBuildId(elf_getdata_rawchunk(elf, offset, header.p_filesz, ELF_T_NHDR));
    if (id.empty()) id = FindBuildId(elf_getdata_rawchunk(elf, offset, header.p_filesz, ELF_T_NHDR8));
    if (!id.empty()) return id;
  }
  return "";
}

// Of all .debug_ sections, as they are when they are unpacked.
size_t DwarfBytes(Elf* elf) {
  size_t names = 0, bytes = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return 0;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section));) {
    GElf_Shdr header;
    GElf_Chdr packed;
    if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS) continue;
    const char* const name = elf_strptr(elf, names, header.sh_name);
    if (!name || strncmp(name, ".debug_", 7) != 0) continue;
    bytes += (header.sh_flags & SHF_COMPRESSED) && gelf_getchdr(section, &packed) ? packed.ch_size : header.sh_size;
  }
  return bytes;
}

// A regular file, and nothing that waits for another process or has side effects.
UniqueFd OpenRegular(const std::string& path, struct stat* stat) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  return fd && fstat(fd.get(), stat) == 0 && S_ISREG(stat->st_mode) ? std::move(fd) : UniqueFd();
}

}  // namespace

std::shared_ptr<ModuleFile> ModuleFile::Open(pid_t pid, const Mapping& mapping) {
  const std::string process = "/proc/" + std::to_string(pid);
  struct stat stat {};
  char range[64];
  snprintf(range, sizeof(range), "/map_files/%lx-%lx", static_cast<unsigned long>(mapping.start),
           static_cast<unsigned long>(mapping.end));
  // The mapped file itself, whatever its path leads to now. It wants CAP_CHECKPOINT_RESTORE (Linux 5.9), without which
  // a path does, if the same file is still there.
  UniqueFd fd = OpenRegular(process + range, &stat);
  for (const std::string& path : {process + "/exe", process + "/root" + *mapping.path}) {
    if (fd) break;
    fd = OpenRegular(path, &stat);
    if (fd && stat.st_ino != mapping.inode) fd = UniqueFd();
  }
  return fd ? std::shared_ptr<ModuleFile>(new ModuleFile(std::move(fd))) : nullptr;
}

std::shared_ptr<ModuleFile> ModuleFile::OpenVdso() {
  const uint64_t start = getauxval(AT_SYSINFO_EHDR);
  std::vector<Mapping> maps;
  if (start == 0 || ReadMaps(getpid(), &maps) != MapsState::kRead) return nullptr;
  const Mapping* const vdso = FindMapping(maps, start);
  // Not memfd_create(3): its glibc is newer than some.
  UniqueFd fd(static_cast<int>(syscall(SYS_memfd_create, "vdso", MFD_CLOEXEC)));
  if (!vdso || !fd) return nullptr;
  const auto size = static_cast<ssize_t>(vdso->end - vdso->start);
  if (write(fd.get(), reinterpret_cast<const void*>(vdso->start), static_cast<size_t>(size)) != size) return nullptr;
  return std::shared_ptr<ModuleFile>(new ModuleFile(std::move(fd)));
}

ModuleFile::ModuleFile(UniqueFd fd) : id_(next_id++), fd_(std::move(fd)) {
  if (fstat(fd_.get(), &stat_) != 0) return;
  ReadElf();
  FindDebugFile();
}

void ModuleFile::ReadElf() {
  const UniqueElf elf = BeginElf(fd_.get());
  size_t count = 0;
  if (!elf || elf_getphdrnum(elf.get(), &count) != 0) return;
  for (size_t i = 0; i < std::min<size_t>(count, 256); i++) {
    GElf_Phdr header;
    if (!gelf_getphdr(elf.get(), static_cast<int>(i), &header) || header.p_type != PT_LOAD) continue;
    segments_.push_back({header.p_offset, header.p_filesz, header.p_vaddr});
  }
  const std::string id = ReadBuildId(elf.get());
  if (!id.empty()) build_id_ = std::make_shared<const std::string>(id);
  dwarf_bytes_ = DwarfBytes(elf.get());
}

// blazesym follows a build id only where the file has a debug link, too.
void ModuleFile::FindDebugFile() {
  if (!build_id_ || build_id_->size() < 16) return;
  const std::string path =
      "/usr/lib/debug/.build-id/" + build_id_->substr(0, 2) + "/" + build_id_->substr(2) + ".debug";
  struct stat stat {};
  const UniqueFd fd = OpenRegular(path, &stat);
  const UniqueElf elf = fd ? BeginElf(fd.get()) : nullptr;
  if (!elf || ReadBuildId(elf.get()) != *build_id_) return;
  debug_path_ = path;
  dwarf_bytes_ = DwarfBytes(elf.get());
}

bool ModuleFile::IsCurrent() const {
  struct stat now {};
  return fstat(fd_.get(), &now) == 0 && now.st_size == stat_.st_size && now.st_mtim.tv_sec == stat_.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == stat_.st_mtim.tv_nsec;
}

bool ModuleFile::VirtualAddress(uint64_t offset, uint64_t* addr) const {
  for (const Segment& segment : segments_) {
    if (offset < segment.offset || offset - segment.offset >= segment.bytes) continue;
    *addr = offset - segment.offset + segment.addr;
    return true;
  }
  return false;
}

bool ModuleFile::IsSignalReturn(uint64_t offset) const {
  std::array<uint8_t, XCAP_SIGNAL_RETURN_BYTES> code{};
  const ssize_t bytes = pread(fd_.get(), code.data(), code.size(), static_cast<off_t>(offset));
  return bytes > 0 && xcap_is_signal_return(code.data(), static_cast<size_t>(bytes));
}

}  // namespace xcap
