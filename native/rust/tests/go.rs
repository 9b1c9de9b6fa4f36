//! Go's own table of frame sizes, sound and damaged.
mod random;

use random::Random;
use xcapture_rust::unwind::cfi::{Cfa, Place};
use xcapture_rust::unwind::elf::Section;
use xcapture_rust::unwind::go::GoTable;
use xcapture_rust::unwind::machine::{AARCH64, NATIVE, X86_64};

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
