//! The executable mappings of a process.
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

/// Of text; a process with more than some hundred thousand mappings is read as far as this.
const MAX_MAPS_BYTES: u64 = 16 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With the path in the process's mount namespace, unless that is deleted or replaced.
    File(Option<String>),
    Vdso,
    /// A compiler's output, the stack of an old program, the kernel's trampolines.
    Anonymous,
}

#[derive(Clone, Debug)]
pub struct Mapping {
    pub start: u64,
    pub end: u64,
    pub offset: u64,
    pub inode: u64,
    pub kind: Kind,
}

/// Nothing when the process has gone, or may not be read.
pub fn read_maps(pid: u32) -> Option<Vec<Mapping>> {
    let mut text = Vec::new();
    File::open(format!("/proc/{pid}/maps"))
        .ok()?
        .take(MAX_MAPS_BYTES)
        .read_to_end(&mut text)
        .ok()?;
    // A kernel thread has none, nor a process that has just exited.
    let maps: Vec<Mapping> = text.split(|&byte| byte == b'\n').filter_map(parse).collect();
    (!maps.is_empty()).then_some(maps)
}

/// `start-end perms offset dev inode path`
fn parse(line: &[u8]) -> Option<Mapping> {
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.splitn(6, ' ');
    let (start, end) = words.next()?.split_once('-')?;
    if words.next()?.as_bytes().get(2) != Some(&b'x') {
        return None;
    }
    let offset = u64::from_str_radix(words.next()?, 16).ok()?;
    let _device = words.next()?;
    let inode = words.next()?.parse().ok()?;
    let path = words.next().unwrap_or_default().trim_start();
    let kind = match path {
        "[vdso]" => Kind::Vdso,
        _ if inode == 0 => Kind::Anonymous,
        _ => Kind::File((path.starts_with('/') && !path.ends_with(" (deleted)")).then(|| unescape(path))),
    };
    Some(Mapping {
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
        offset,
        inode,
        kind,
    })
}

/// The kernel writes a line feed as `\012`, and nothing else so.
fn unescape(path: &str) -> String {
    path.replace("\\012", "\n")
}

/// The file of a mapping. map_files leads to the mapped file itself, also when it is deleted, replaced or in another
/// mount namespace, but needs CAP_CHECKPOINT_RESTORE; the other ways need the rights of ptrace.
pub fn open(pid: u32, mapping: &Mapping) -> Option<File> {
    let by_mapping = format!("/proc/{pid}/map_files/{:x}-{:x}", mapping.start, mapping.end);
    let Kind::File(path) = &mapping.kind else {
        return None;
    };
    let by_path = || match path {
        Some(path) => open_regular(&format!("/proc/{pid}/root{path}")),
        // The program itself is what is replaced most.
        None => open_regular(&format!("/proc/{pid}/exe")).filter(|file| inode_of(file) == Some(mapping.inode)),
    };
    open_regular(&by_mapping).or_else(by_path)
}

fn inode_of(file: &File) -> Option<u64> {
    Some(file.metadata().ok()?.ino())
}

/// Devices can be mapped as well, and to open one may do something.
fn open_regular(path: &str) -> Option<File> {
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    File::options().read(true).custom_flags(flags).open(path).ok()
}

/// Reads code of a process from its memory, because a debugger or a linker may have changed what is in the file.
/// Returns how many bytes there are.
pub fn read_code(pid: u32, address: u64, code: &mut [u8]) -> usize {
    let local = libc::iovec {
        iov_base: code.as_mut_ptr().cast(),
        iov_len: code.len(),
    };
    let remote = libc::iovec {
        iov_base: address as *mut libc::c_void,
        iov_len: code.len(),
    };
    // SAFETY: `local` is `code`, which outlives the call, and the kernel checks `remote`.
    let got = unsafe { libc::process_vm_readv(pid as libc::pid_t, &local, 1, &remote, 1, 0) };
    usize::try_from(got).unwrap_or(0)
}

/// The vdso is the same for every 64-bit process of a running kernel.
pub fn read_vdso() -> Option<Vec<u8>> {
    // SAFETY: no pointer goes in.
    let address = unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) };
    let maps = read_maps(std::process::id())?;
    let mapping = maps
        .iter()
        .find(|mapping| mapping.start == address && mapping.kind == Kind::Vdso)?;
    let length = usize::try_from(mapping.end - mapping.start).ok()?;
    // SAFETY: the kernel maps it for reading in the whole life of the process, as one piece, as maps has just said.
    Some(unsafe { std::slice::from_raw_parts(address as *const u8, length) }.to_vec())
}
