//! Unwinds every thread of a stopped process by the functions of unwind.h, and prints a line of JSON for each: its
//! frames, and the chain of frame pointers as the kernel would walk it. test/native/unwind.test.ts compares them with
//! gdb's.
//!
//! usage: unwind-process PID [SLICE_BYTES [REPEATS]]
use std::mem::{size_of, MaybeUninit};
use std::time::Instant;
use xcapture_rust::unwind::ffi::*;
use xcapture_rust::unwind::machine::{MAX_REGISTERS, NATIVE};

const MAX_FRAMES: usize = 127;
/// Below sp, where x86_64's functions may keep things: OpenSSL's keep their caller's sp there.
const RED_ZONE_BYTES: u64 = 128;

fn ptrace(request: libc::c_uint, tid: i32, address: usize, data: usize) -> std::io::Result<()> {
    // SAFETY: `data` is 0 or points to what `request` fills, in the one caller that passes it.
    match unsafe { libc::ptrace(request, tid, address, data) } {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// By DWARF's numbers.
fn registers(tid: i32) -> std::io::Result<[u64; MAX_REGISTERS]> {
    let mut user = MaybeUninit::<libc::user_regs_struct>::zeroed();
    let mut vector = libc::iovec {
        iov_base: user.as_mut_ptr().cast(),
        iov_len: size_of::<libc::user_regs_struct>(),
    };
    ptrace(
        libc::PTRACE_GETREGSET,
        tid,
        libc::NT_PRSTATUS as usize,
        &raw mut vector as usize,
    )?;
    // SAFETY: zeroes are registers, too, and the kernel has filled them.
    let user = unsafe { user.assume_init() };
    let mut all = [0; MAX_REGISTERS];
    #[cfg(target_arch = "x86_64")]
    all[..17].copy_from_slice(&[
        user.rax, user.rdx, user.rcx, user.rbx, user.rsi, user.rdi, user.rbp, user.rsp, user.r8, user.r9, user.r10,
        user.r11, user.r12, user.r13, user.r14, user.r15, user.rip,
    ]);
    #[cfg(target_arch = "aarch64")]
    {
        all[..31].copy_from_slice(&user.regs);
        all[31] = user.sp;
        all[32] = user.pc;
    }
    Ok(all)
}

/// Up to so many bytes: a stack ends with its mapping.
fn read(pid: i32, address: u64, bytes: usize) -> Vec<u8> {
    let mut buffer = vec![0u8; bytes];
    let local = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: bytes,
    };
    let remote = libc::iovec {
        iov_base: address as *mut libc::c_void,
        iov_len: bytes,
    };
    // SAFETY: `local` is `buffer`.
    let got = unsafe { libc::process_vm_readv(pid, &local, 1, &remote, 1, 0) };
    buffer.truncate(got.max(0) as usize);
    buffer
}

/// As the kernel walks: until the frame pointer is 0, not above the last one, or unreadable.
fn chain(pid: i32, ip: u64, mut fp: u64) -> (Vec<u64>, bool) {
    let mut frames = vec![ip];
    while fp != 0 && frames.len() < MAX_FRAMES {
        let pair = read(pid, fp, 16);
        if pair.len() < 16 || !fp.is_multiple_of(8) {
            return (frames, false);
        }
        let next = u64::from_ne_bytes(pair[..8].try_into().unwrap());
        let address = u64::from_ne_bytes(pair[8..].try_into().unwrap()) & NATIVE.address_mask;
        if address == 0 {
            return (frames, true);
        }
        frames.push(address);
        if next != 0 && next <= fp {
            return (frames, false);
        }
        fp = next;
    }
    (frames, true)
}

fn hex(frames: &[u64]) -> String {
    let frames: Vec<String> = frames.iter().map(|frame| format!("\"{frame:x}\"")).collect();
    frames.join(",")
}

fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok())
        .unwrap_or(0)
        * 4096
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<usize>().expect("a number"));
    let pid = arguments
        .next()
        .expect("usage: unwind-process PID [SLICE_BYTES [REPEATS]]");
    let slice_bytes = arguments.next().unwrap_or(16384);
    let repeats = arguments.next().unwrap_or(0);
    let unwinder = xcap_unwinder_new();
    eprintln!("{{\"residentBytes\":{}}}", resident_bytes());
    for entry in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let tid: i32 = entry?.file_name().to_string_lossy().parse().expect("a thread id");
        ptrace(libc::PTRACE_SEIZE, tid, 0, 0)?;
        ptrace(libc::PTRACE_INTERRUPT, tid, 0, 0)?;
        // SAFETY: no pointer goes in.
        unsafe { libc::waitpid(tid, std::ptr::null_mut(), libc::__WALL) };
        let regs = registers(tid)?;
        let (ip, sp, fp) = (
            regs[NATIVE.ip as usize],
            regs[NATIVE.sp as usize],
            regs[NATIVE.fp as usize],
        );
        let mut start = sp - RED_ZONE_BYTES;
        let mut stack = read(pid as i32, start, slice_bytes);
        // The page below may not be there yet.
        if stack.is_empty() {
            start = sp;
            stack = read(pid as i32, start, slice_bytes);
        }
        let request = XcapUnwindRequest {
            pid: pid as u32,
            reserved: 0,
            identity: 0,
            regs_valid: (1 << NATIVE.registers) - 1,
            regs,
            stack_start: start,
            stack: stack.as_ptr(),
            stack_bytes: stack.len(),
        };
        let mut frames = [0; MAX_FRAMES];
        let mut flags = 0;
        // SAFETY: the pointers are to what is above, and this is the only thread.
        let mut unwind = || unsafe { xcap_unwind(unwinder, &request, frames.as_mut_ptr(), MAX_FRAMES, &mut flags) };
        let resident = resident_bytes();
        let begin = Instant::now();
        let count = unwind();
        let cold_ns = begin.elapsed().as_nanos();
        let resident = resident_bytes() - resident;
        let begin = Instant::now();
        for _ in 0..repeats {
            unwind();
        }
        let warm_ns = begin.elapsed().as_nanos() / repeats.max(1) as u128;
        let (chain, ended) = chain(pid as i32, ip, fp);
        println!(
            "{{\"tid\":{tid},\"sp\":\"{sp:x}\",\"flags\":{flags},\"frames\":[{}],\"chain\":[{}],\"chainEnded\":{ended},\
             \"coldNs\":{cold_ns},\"warmNs\":{warm_ns},\"grownBytes\":{resident}}}",
            hex(&frames[..count]),
            hex(&chain)
        );
        ptrace(libc::PTRACE_DETACH, tid, 0, 0)?;
    }
    let mut kept = XcapUnwinderKept {
        processes: 0,
        files: 0,
        file_bytes: 0,
    };
    // SAFETY: as above.
    unsafe { xcap_unwinder_kept(unwinder, &mut kept) };
    eprintln!(
        "{{\"files\":{},\"fileBytes\":{},\"residentBytes\":{}}}",
        kept.files,
        kept.file_bytes,
        resident_bytes()
    );
    // SAFETY: it is not used after this.
    unsafe { xcap_unwinder_free(unwinder) };
    Ok(())
}
