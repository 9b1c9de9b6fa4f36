//! Files, stacks and registers that make no sense: no panic, no endless walk.
use std::time::{Duration, Instant};
use xcapture_rust::unwind::cfi::{Cfa, Module, Place, Row};
use xcapture_rust::unwind::elf::Section;
use xcapture_rust::unwind::go::GoTable;
use xcapture_rust::unwind::machine::{Machine, Registers, AARCH64, MAX_REGISTERS, NATIVE, X86_64};
use xcapture_rust::unwind::stack::Stack;
use xcapture_rust::unwind::step::{Frame, Step};
use xcapture_rust::unwind::{flags, Request, Unwinder};

const ROUNDS: usize = 300;
const LOOKUPS: u64 = 200;
/// Of one damaged file; sound ones take a hundredth.
const PATIENCE: Duration = Duration::from_secs(5);

/// xorshift64: the same damage in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

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
        let (count, said) = unwinder.unwind(&request, &mut frames);
        let ends = flags::COMPLETE | flags::SLICE_ENDED | flags::BROKEN | flags::FULL;
        assert!((1..=127).contains(&count));
        assert_eq!((said & ends).count_ones(), 1, "one end, of {said:#x}");
    }
}

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
    let (count, said) = Unwinder::default().unwind(&request, &mut frames);
    assert_eq!(frames[..count], [0x4242, 0x1111, 0x2222]);
    assert_eq!(said, flags::COMPLETE | flags::NO_PROCESS | flags::FRAME_POINTER);
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

/// Go's table for code at 0x1000: one function of 16 bytes, with a frame of 24 from its fifth byte on, and one of 8
/// bytes that leaves the stack. Go 1.18 writes it without the line where a function begins, Go 1.20 with it.
fn go_table(has_lines: bool) -> Vec<u8> {
    let mut bytes = vec![0; 72];
    let magic = 0xf0 + u8::from(has_lines);
    bytes[..8].copy_from_slice(&[magic, 0xff, 0xff, 0xff, 0, 0, 1, 8]);
    for (at, value) in [(8, 2u64), (24, 0x1000), (56, 72), (64, 80)] {
        bytes[at..at + 8].copy_from_slice(&value.to_ne_bytes());
    }
    // Differences, zigzag, from -1: 0 for 4 bytes, 24 for 12; 0 for 8.
    bytes.extend([2, 4, 48, 12, 0, 2, 8, 0]);
    let length = if has_lines { 44 } else { 40 };
    for word in [0u32, 20, 16, 20 + length, 24] {
        bytes.extend(word.to_ne_bytes());
    }
    for (sizes, flag) in [(0u32, 0u8), (5, 2)] {
        let mut function = vec![0; length as usize];
        function[16..20].copy_from_slice(&sizes.to_ne_bytes());
        function[length as usize - 3] = flag;
        bytes.extend(function);
    }
    bytes
}

#[test]
fn go_programs_say_how_large_their_frames_are() {
    for has_lines in [false, true] {
        let bytes = go_table(has_lines);
        let table = GoTable::new(Section { address: 0, bytes }, None).unwrap();
        let row = table.row(&X86_64, 0x1003).unwrap();
        assert_eq!(
            (row.cfa, &row.places[..]),
            (Cfa::Register(7, 8), &[(16, Place::At(-8))][..])
        );
        let row = table.row(&X86_64, 0x1004).unwrap();
        assert_eq!(
            (row.cfa, &row.places[..]),
            (Cfa::Register(7, 32), &[(16, Place::At(-8)), (6, Place::At(-16))][..])
        );
        assert_eq!(table.row(&X86_64, 0x1010).unwrap().places[..], [(16, Place::Undefined)]);
        assert_eq!(table.row(&X86_64, 0x1018), None);
        assert_eq!(table.row(&X86_64, 0xfff), None);

        let row = table.row(&AARCH64, 0x1003).unwrap();
        assert_eq!((row.cfa, &row.places[..]), (Cfa::Register(31, 0), &[][..]));
        let row = table.row(&AARCH64, 0x1004).unwrap();
        assert_eq!(
            (row.cfa, &row.places[..]),
            (Cfa::Register(31, 24), &[(30, Place::At(-24)), (29, Place::At(-32))][..])
        );
    }
}

#[test]
fn a_damaged_table_of_go_neither_panics_nor_hangs() {
    let mut random = Random(4242);
    for _ in 0..100_000 {
        let mut bytes = go_table(random.below(2) == 0);
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len());
            bytes[at] = random.next() as u8;
        }
        bytes.truncate(1 + random.below(bytes.len()) * 2);
        if let Some(table) = GoTable::new(Section { address: 0, bytes }, Some(0x1000)) {
            for address in (0xff0..0x1030).step_by(3) {
                table.row(NATIVE, address);
            }
        }
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
fn a_function_of_which_megabytes_are_said_costs_no_time() {
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
