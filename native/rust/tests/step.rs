//! Single steps from a frame to its caller, on both architectures.
use xcapture_rust::unwind::cfi::{Cfa, Place, Row};
use xcapture_rust::unwind::machine::{Machine, Registers, AARCH64, MAX_REGISTERS, NATIVE, X86_64};
use xcapture_rust::unwind::stack::Stack;
use xcapture_rust::unwind::step::{Frame, Step};
use xcapture_rust::unwind::{flags, Request, Unwinder};

#[test]
fn a_process_that_has_gone_is_walked_by_its_frame_pointer() {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let stack: Vec<u8> = [0x7010u64, 0x1111, 0, 0x2222]
        .iter()
        .flat_map(|word| word.to_ne_bytes())
        .collect();
    let mut values = [0; MAX_REGISTERS];
    for (register, value) in [(NATIVE.ip, 0x4242), (NATIVE.sp, 0x7000), (NATIVE.fp, 0x7000)] {
        values[usize::from(register)] = value;
    }
    let request = Request {
        pid: child.id(),
        identity: 0,
        registers: Registers::new(values, !0),
        stack: Stack::new(0x7000, &stack),
    };
    let mut frames = [0; 8];
    let (count, outcome) = Unwinder::default().unwind(&request, &mut frames);
    assert_eq!(frames[..count], [0x4242, 0x1111, 0x2222]);
    assert_eq!(outcome, flags::COMPLETE | flags::NO_PROCESS | flags::FRAME_POINTER);
}

/// Words of a stack at 0x1000.
fn step(machine: &Machine, set: &[(u8, u64)], words: &[u64], row: Option<&Row>) -> Step {
    let mut registers = Registers::default();
    for &(register, value) in set {
        registers.set(register, Some(value));
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let stack = Stack::new(0x1000, &bytes);
    let frame = Frame {
        machine,
        registers: &registers,
        stack: &stack,
    };
    match row {
        Some(row) => frame.by_rule(row, None),
        None => frame.by_frame_pointer(),
    }
}

#[test]
fn on_aarch64_a_leaf_leaves_by_its_link_register_without_the_signature() {
    let row = Row {
        cfa: Cfa::Register(31, 0),
        places: Box::new([]),
        return_address: 30,
        signal: false,
    };
    let set = [(31, 0x1000), (30, 0x0055_aaaa_1234_5678), (32, 0x10)];
    let caller = step(&AARCH64, &set, &[], Some(&row)).unwrap().unwrap();
    assert_eq!(caller.get(32), Some(0xaaaa_1234_5678));
    assert_eq!(caller.get(31), Some(0x1000));
    let row = Row {
        places: Box::new([(30, Place::Undefined)]),
        ..row
    };
    assert!(
        step(&AARCH64, &set, &[], Some(&row)).unwrap().is_none(),
        "the outermost frame"
    );
}

#[test]
fn on_aarch64_the_frame_pointer_says_nothing_of_sp() {
    let caller = step(&AARCH64, &[(29, 0x1000), (31, 0x1000)], &[0x2000, 0x4444], None)
        .unwrap()
        .unwrap();
    assert_eq!(
        (caller.get(32), caller.get(29), caller.get(31)),
        (Some(0x4444), Some(0x2000), None)
    );
}

#[test]
fn a_signal_frame_without_unwind_data_is_known_by_the_kernels_layout() {
    let mut words = vec![0; 100];
    (words[160 / 8], words[168 / 8], words[120 / 8]) = (0x7777, 0x8888, 0x9999);
    let row = Row::of_sigreturn(&X86_64);
    let caller = step(&X86_64, &[(7, 0x1000)], &words, Some(&row)).unwrap().unwrap();
    assert_eq!(
        (caller.get(7), caller.get(16), caller.get(6)),
        (Some(0x7777), Some(0x8888), Some(0x9999))
    );

    (words[312 / 8 + 29], words[312 / 8 + 31], words[312 / 8 + 32]) = (0x7777, 0x8888, 0x9999);
    let row = Row::of_sigreturn(&AARCH64);
    let caller = step(&AARCH64, &[(31, 0x1000)], &words, Some(&row)).unwrap().unwrap();
    assert_eq!(
        (caller.get(29), caller.get(31), caller.get(32)),
        (Some(0x7777), Some(0x8888), Some(0x9999))
    );
}

#[test]
fn what_a_signal_handler_returns_to_is_known_in_each_form() {
    let glibc = b"\x48\xc7\xc0\x0f\0\0\0\x0f\x05\x90";
    let go = b"\xb8\x0f\0\0\0\x0f\x05\xcc";
    let arm = b"\x68\x11\x80\xd2\x01\0\0\xd4";
    assert!(X86_64.is_sigreturn(glibc) && X86_64.is_sigreturn(go) && AARCH64.is_sigreturn(arm));
    assert!(!X86_64.is_sigreturn(arm) && !X86_64.is_sigreturn(&go[..6]) && !X86_64.is_sigreturn(b""));
}
