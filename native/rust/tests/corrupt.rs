//! Files, stacks and registers that make no sense: no panic, no endless walk.
mod random;

use random::Random;
use std::time::{Duration, Instant};
use xcapture_rust::unwind::cfi::{Cfa, Module};
use xcapture_rust::unwind::machine::{Registers, MAX_REGISTERS, NATIVE, X86_64};
use xcapture_rust::unwind::stack::Stack;
use xcapture_rust::unwind::step::Frame;
use xcapture_rust::unwind::{flags, Request, Unwinder};

const ROUNDS: usize = 300;
const LOOKUPS: u64 = 200;
/// Of one damaged file; sound ones take a hundredth.
const PATIENCE: Duration = Duration::from_secs(5);

fn libc_file() -> Vec<u8> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let path = maps
        .split_whitespace()
        .find(|word| word.contains("/libc.so.6") || word.contains("/libc-"));
    std::fs::read(path.expect("this program is linked to libc")).unwrap()
}

fn look_up(module: &Module, random: &mut Random) {
    let mut context = Box::default();
    let stack = vec![0x41; 4096];
    for _ in 0..LOOKUPS {
        let address = random.next() % 0x20_0000;
        let Some(row) = module.row(&mut context, NATIVE, address) else {
            continue;
        };
        let mut values = [0; MAX_REGISTERS];
        values.fill_with(|| 0x1000 + random.next() % 4096);
        let frame = Frame {
            machine: NATIVE,
            registers: &Registers::new(values, !0),
            stack: &Stack::new(0x1000, &stack),
        };
        let _ = frame.by_rule(&row, Some(module));
    }
}

/// The tables of a file, by their names in the section headers.
fn interesting(file: &[u8]) -> Vec<(usize, usize)> {
    let word = |at: usize| u64::from_ne_bytes(file[at..at + 8].try_into().unwrap()) as usize;
    let headers = word(40);
    let count = usize::from(u16::from_ne_bytes(file[60..62].try_into().unwrap()));
    let sections = (0..count).map(|index| headers + index * 64);
    let tables = sections
        .map(|at| (word(at + 24), word(at + 32)))
        .filter(|(offset, size)| offset + size <= file.len());
    [(0, 0x400), (headers, count * 64)]
        .into_iter()
        .chain(tables.filter(|&(_, size)| size > 0))
        .collect()
}

#[test]
fn a_file_with_wrong_bits_neither_panics_nor_hangs() {
    let sound = libc_file();
    let places = interesting(&sound);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..ROUNDS {
        let mut file = sound.clone();
        for _ in 0..=round % 64 {
            let (offset, size) = places[random.below(places.len())];
            file[offset + random.below(size)] ^= 1 << random.below(8);
        }
        let begin = Instant::now();
        if let Some(module) = Module::read(&file[..], NATIVE) {
            look_up(&module, &mut random);
        }
        assert!(begin.elapsed() < PATIENCE, "round {round} took {:?}", begin.elapsed());
    }
}

#[test]
fn tables_with_many_wrong_bytes_neither_panic_nor_hang() {
    let sound = libc_file();
    let places = interesting(&sound);
    let mut random = Random(0x1234_5678_9abc_def1);
    for round in 0..ROUNDS {
        let mut file = sound.clone();
        // Headers as they are, so that the tables are read.
        for &(offset, size) in &places[2..] {
            for _ in 0..size / (16 << (round % 8)) {
                file[offset + random.below(size)] = random.next() as u8;
            }
        }
        let begin = Instant::now();
        if let Some(module) = Module::read(&file[..], NATIVE) {
            look_up(&module, &mut random);
        }
        assert!(begin.elapsed() < PATIENCE, "round {round} took {:?}", begin.elapsed());
    }
}

#[test]
fn a_file_that_is_cut_off_has_no_tables_or_sound_ones() {
    let sound = libc_file();
    let mut random = Random(77);
    for _ in 0..ROUNDS {
        let length = random.below(sound.len());
        if let Some(module) = Module::read(&sound[..length], NATIVE) {
            look_up(&module, &mut random);
        }
    }
    for length in 0..512 {
        Module::read(&sound[..length], NATIVE);
    }
}

#[test]
fn registers_and_stacks_without_sense_end_soon() {
    let mut random = Random(99);
    let mut unwinder = Unwinder::default();
    let code = a_file_that_is_cut_off_has_no_tables_or_sound_ones as fn() as usize as u64;
    let mut bytes = vec![0; 16 << 10];
    for round in 0..20_000u64 {
        for word in bytes.chunks_exact_mut(8).take(64) {
            // Half of them are addresses of code, or of the stack.
            let value = match random.next() % 4 {
                0 => code + random.next() % 0x1_0000,
                1 => 0x7000 + random.next() % 512,
                _ => random.next(),
            };
            word.copy_from_slice(&value.to_ne_bytes());
        }
        let mut values = [0; MAX_REGISTERS];
        values.fill_with(|| 0x7000 + random.next() % 512);
        values[usize::from(NATIVE.ip)] = code + random.next() % 0x1_0000;
        let request = Request {
            pid: std::process::id(),
            identity: round % 3,
            registers: Registers::new(values, random.next() | 1 << NATIVE.ip),
            stack: Stack::new(0x7000, &bytes[..random.below(512)]),
        };
        let mut frames = [0; 127];
        let (count, outcome) = unwinder.unwind(&request, &mut frames);
        let ends = flags::COMPLETE | flags::SLICE_ENDED | flags::BROKEN | flags::FULL;
        assert!((1..=127).contains(&count));
        assert_eq!((outcome & ends).count_ones(), 1, "one end, of {outcome:#x}");
    }
}

/// An ELF file with one function, at 0x1000, whose unwind data are these instructions.
fn file_of(instructions: &[u8]) -> Vec<u8> {
    const FRAME_AT: usize = 64 + 56;
    let word = |value: usize| (value as u64).to_ne_bytes();
    let half = |value: usize| (value as u32).to_ne_bytes();
    let short = |value: usize| (value as u16).to_ne_bytes();
    // Version 1, no augmentation, alignments 1 and -8, return address in 16; the CFA is rsp+8, and that below it.
    let common = [&[1, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1][..], &[0; 2]].concat();
    let mut frame = [&half(common.len() + 4)[..], &half(0), &common].concat();
    let length = 4 + 16 + instructions.len();
    frame.extend(
        [
            &half(length)[..],
            &half(frame.len() + 4),
            &word(0x1000),
            &word(0x100_0000),
            instructions,
        ]
        .concat(),
    );
    frame.extend(half(0));
    let names = b"\0.eh_frame\0";
    let (names_at, sections_at) = (FRAME_AT + frame.len(), FRAME_AT + frame.len() + names.len());
    let head = [
        b"\x7fELF\x02\x01\x01\0".as_slice(),
        &[0; 8],
        &short(3),
        &short(62),
        &half(1),
        &word(0),
        &word(64),
    ];
    let sizes = [64, 56, 1, 64, 3, 2].map(short).concat();
    let load = [
        &half(1)[..],
        &half(5),
        &[0u64, 0, 0, 0x200_0000, 0x200_0000, 1].map(u64::to_ne_bytes).concat(),
    ]
    .concat();
    let section = |name: usize, at: usize, size: usize| {
        [
            &half(name)[..],
            &half(1),
            &word(0),
            &word(at),
            &word(at),
            &word(size),
            &[0; 24],
        ]
        .concat()
    };
    let sections = [
        section(0, 0, 0),
        section(1, FRAME_AT, frame.len()),
        section(0, names_at, names.len()),
    ]
    .concat();
    [
        head.concat(),
        word(sections_at).to_vec(),
        half(0).to_vec(),
        sizes,
        load,
        frame,
        names.to_vec(),
        sections,
    ]
    .concat()
}

#[test]
fn a_function_with_megabytes_of_rules_costs_no_time() {
    let mut context = Box::default();
    // DW_CFA_advance_loc by 1, DW_CFA_def_cfa_offset 24.
    let sound = Module::read(&file_of(&[0x41, 0x0e, 24, 0])[..], &X86_64).unwrap();
    assert_eq!(
        sound.row(&mut context, &X86_64, 0x1000).unwrap().cfa,
        Cfa::Register(7, 8)
    );
    assert_eq!(
        sound.row(&mut context, &X86_64, 0x1001).unwrap().cfa,
        Cfa::Register(7, 24)
    );
    let endless = Module::read(&file_of(&[0x40; 8 << 20])[..], &X86_64).unwrap();
    let begin = Instant::now();
    assert_eq!(endless.row(&mut context, &X86_64, 0x1001), None);
    assert!(begin.elapsed() < Duration::from_millis(100));
}
