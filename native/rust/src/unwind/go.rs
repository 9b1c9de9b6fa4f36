//! Go's own table of how large frames are, which is there when a program was stripped of .debug_frame, too. Source:
//! runtime/symtab.go and `_func` in runtime/runtime2.go, since Go 1.18.
use super::cfi::{Cfa, Place, Row};
use super::elf::Section;
use super::machine::Machine;

const GO_1_18: u32 = 0xffff_fff0;
const GO_1_20: u32 = 0xffff_fff1;
const HEADER_BYTES: usize = 72;
/// A function's place in the code, and the place of its `_func`.
const FUNCTION_BYTES: usize = 8;
/// `abi.FuncFlagSPWrite`: the stack pointer becomes that of another stack, as in `mcall`. No caller is below it.
const SP_WRITE: u8 = 1 << 1;

#[derive(Debug, Default)]
pub struct GoTable {
    bytes: Vec<u8>,
    text: u64,
    functions: usize,
    sizes_at: usize,
    functions_at: usize,
    quantum: u64,
    /// Of a function's flags in its `_func`: Go 1.20 put the line where it begins before them.
    flags_at: usize,
}

impl GoTable {
    /// @param text where the section of code begins: Go 1.26 and position-independent programs do not say it here
    pub fn new(section: Section, text: Option<u64>) -> Option<Self> {
        let bytes = section.bytes;
        let header = bytes.get(..HEADER_BYTES)?;
        let magic = u32_at(header, 0)?;
        let flags_at = match magic {
            GO_1_18 => 37,
            GO_1_20 => 41,
            _ => return None,
        };
        if header[7] != 8 {
            return None;
        }
        let text = match usize_at(header, 24)? {
            0 => text?,
            start => start as u64,
        };
        let table = Self {
            text,
            functions: usize_at(header, 8)?,
            sizes_at: usize_at(header, 56)?,
            functions_at: usize_at(header, 64)?,
            quantum: header[6].into(),
            flags_at,
            bytes,
        };
        let end = table
            .functions
            .checked_mul(FUNCTION_BYTES)?
            .checked_add(table.functions_at)?;
        (end.checked_add(4)? <= table.bytes.len() && table.sizes_at < table.bytes.len()).then_some(table)
    }

    pub fn heap_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// @param address as the linker gave it
    pub fn row(&self, machine: &Machine, address: u64) -> Option<Row> {
        let (start, function) = self.function(address)?;
        let size = self.size_at(u32_at(function, 16)?, address - start)?;
        let lost = function.get(self.flags_at)? & SP_WRITE != 0;
        Some(row(machine, size, lost))
    }

    /// Where the function begins that an address is in, and its `_func`.
    fn function(&self, address: u64) -> Option<(u64, &[u8])> {
        let place = address.checked_sub(self.text)?;
        let start = |index: usize| u32_at(&self.bytes, self.functions_at + index * FUNCTION_BYTES);
        if place >= start(self.functions)?.into() {
            return None;
        }
        let (mut from, mut to) = (0, self.functions);
        while from < to {
            let middle = from + (to - from) / 2;
            match u64::from(start(middle)?) <= place {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        let index = from.checked_sub(1)?;
        let offset = u32_at(&self.bytes, self.functions_at + index * FUNCTION_BYTES + 4)?;
        let function = self.bytes.get(self.functions_at.checked_add(offset as usize)?..)?;
        Some((self.text + u64::from(start(index)?), function))
    }

    /// How far sp is below the return address. The sizes and how far each goes follow one another as differences.
    fn size_at(&self, offset: u32, place: u64) -> Option<i64> {
        let mut rest = self.bytes.get(self.sizes_at.checked_add(offset as usize)?..)?;
        let (mut size, mut end) = (-1i64, 0u64);
        loop {
            let (more, left) = number(rest)?;
            if more == 0 && end != 0 {
                return None;
            }
            size += i64::from(more >> 1) ^ -i64::from(more & 1);
            let (length, left) = number(left)?;
            end += u64::from(length) * self.quantum;
            rest = left;
            if place < end {
                return Some(size);
            }
        }
    }
}

/// Callers find their own registers nowhere: Go has none that calls preserve, but the frame pointer.
fn row(machine: &Machine, size: i64, lost: bool) -> Row {
    let in_frame = size > 0;
    let (cfa, address, frame_pointer) = match machine.link {
        None => (size + 8, Some(Place::At(-8)), Place::At(-16)),
        Some(_) => (size, in_frame.then_some(Place::At(-size)), Place::At(-size - 8)),
    };
    let return_address = machine.link.unwrap_or(machine.ip);
    let mut places = Vec::with_capacity(2);
    match address {
        _ if lost => places.push((return_address, Place::Undefined)),
        Some(place) => places.push((return_address, place)),
        None => {}
    }
    if in_frame {
        places.push((machine.fp, frame_pointer));
    }
    Row {
        cfa: Cfa::Register(machine.sp, cfa),
        places: places.into(),
        return_address,
        signal: false,
    }
}

/// Seven bits a byte, the lowest first.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(5).enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn usize_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?)).ok()
}
