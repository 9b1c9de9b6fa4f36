//! The C functions of unwind.h. No panic crosses into C, which could not handle it.
use super::machine::{Registers, MAX_REGISTERS, NATIVE};
use super::stack::Stack;
use super::{flags, Request, Unwinder};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// `struct xcap_unwind_request`
#[repr(C)]
pub struct XcapUnwindRequest {
    pub pid: u32,
    pub reserved: u32,
    pub identity: u64,
    pub regs_valid: u64,
    pub regs: [u64; MAX_REGISTERS],
    pub stack_start: u64,
    pub stack: *const u8,
    pub stack_bytes: usize,
}

/// `struct xcap_unwinder_kept`
#[repr(C)]
pub struct XcapUnwinderKept {
    pub processes: usize,
    pub files: usize,
    pub file_bytes: usize,
}

#[no_mangle]
pub extern "C" fn xcap_unwinder_new() -> *mut Unwinder {
    catch_unwind(|| Box::into_raw(Box::default())).unwrap_or(std::ptr::null_mut())
}

/// # Safety
/// `unwinder` is one of `xcap_unwinder_new`, not yet freed, or null.
#[no_mangle]
pub unsafe extern "C" fn xcap_unwinder_free(unwinder: *mut Unwinder) {
    if !unwinder.is_null() {
        let unwinder = Box::from_raw(unwinder);
        let _ = catch_unwind(AssertUnwindSafe(|| drop(unwinder)));
    }
}

/// # Safety
/// See unwind.h: all pointers are valid, `frames` has room for `max`, and no other thread uses `unwinder` meanwhile.
#[no_mangle]
pub unsafe extern "C" fn xcap_unwind(
    unwinder: *mut Unwinder,
    request: *const XcapUnwindRequest,
    frames: *mut u64,
    max: usize,
    outcome: *mut u32,
) -> usize {
    let request = &*request;
    let bytes = match request.stack.is_null() {
        true => &[],
        false => std::slice::from_raw_parts(request.stack, request.stack_bytes),
    };
    let frames = std::slice::from_raw_parts_mut(frames, max);
    let walk = AssertUnwindSafe(|| {
        let request = Request {
            pid: request.pid,
            identity: request.identity,
            registers: Registers::new(request.regs, request.regs_valid),
            stack: Stack::new(request.stack_start, bytes),
        };
        (*unwinder).unwind(&request, frames)
    });
    let (count, ended) = catch_unwind(walk).unwrap_or((0, flags::BROKEN));
    *outcome = ended;
    count
}

/// # Safety
/// `code` points to so many bytes.
#[no_mangle]
pub unsafe extern "C" fn xcap_is_signal_return(code: *const u8, bytes: usize) -> bool {
    NATIVE.is_sigreturn(std::slice::from_raw_parts(code, bytes))
}

/// # Safety
/// Both pointers are valid, and no other thread uses `unwinder` meanwhile.
#[no_mangle]
pub unsafe extern "C" fn xcap_unwinder_kept(unwinder: *const Unwinder, kept: *mut XcapUnwinderKept) {
    let (processes, files, file_bytes) = (*unwinder).kept();
    *kept = XcapUnwinderKept {
        processes,
        files,
        file_bytes,
    };
}
