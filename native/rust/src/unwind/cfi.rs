//! From an address in a file to the rule that leads to its caller: .eh_frame by its search table, what has no search
//! table by an index that is made once.
use super::elf::{Elf, Section, Source};
use super::go::GoTable;
use super::machine::Machine;
use gimli::{BaseAddresses, EndianSlice, NativeEndian, UnwindContext, UnwindSection};
use std::collections::HashMap;

type Bytes<'a> = EndianSlice<'a, NativeEndian>;
type Context = UnwindContext<usize>;

/// Of .eh_frame_hdr.
const ROW_BYTES: usize = 8;
/// Of one function's entry: an address at its end takes going through all of it. The longest of rustc has 12 KiB.
const MAX_ENTRY_BYTES: usize = 32 << 10;
/// Of an index; Chromium has less than a million.
const MAX_FUNCTIONS: usize = 4 << 20;

/// A DWARF expression in a section of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expression {
    pub table: Table,
    pub offset: usize,
    pub length: usize,
    pub encoding: gimli::Encoding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    EhFrame,
    DebugFrame,
}

/// How the canonical frame address is found: sp of the caller, before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cfa {
    Register(u8, i64),
    Expression(Expression),
}

/// Where the caller's value of a register is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Lost; for the return address: there is no caller.
    Undefined,
    Same,
    /// In memory, so far from the CFA.
    At(i64),
    /// So far from the CFA, itself.
    Value(i64),
    Register(u8),
    AtExpression(Expression),
    ValueOfExpression(Expression),
}

/// What leads from a frame to its caller, for a range of addresses in one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub cfa: Cfa,
    /// Registers that are not here keep their value.
    pub places: Box<[(u8, Place)]>,
    pub return_address: u8,
    /// The caller was interrupted: its address is where it goes on, and no call is before it.
    pub signal: bool,
}

impl Row {
    /// Of a signal handler's return, by the kernel's layout.
    pub fn of_sigreturn(machine: &Machine) -> Self {
        let places = machine.signal_frame.iter().enumerate();
        Self {
            cfa: Cfa::Register(machine.sp, 0),
            places: places.map(|(register, &at)| (register as u8, Place::At(at))).collect(),
            return_address: machine.ip,
            signal: true,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Function {
    start: u64,
    end: u64,
    offset: usize,
}

/// The unwind data of one file.
#[derive(Debug)]
pub struct Module {
    elf: Elf,
    vendor: gimli::Vendor,
    bases: BaseAddresses,
    searchable: bool,
    /// Sorted by `start`: .eh_frame, where that has no usable search table, and .debug_frame.
    eh_index: Vec<Function>,
    debug_index: Vec<Function>,
    go: Option<GoTable>,
}

impl Module {
    pub fn read<S: Source + ?Sized>(source: &S, machine: &Machine) -> Option<Self> {
        let mut elf = Elf::read(source, machine.elf)?;
        let go = GoTable::new(std::mem::take(&mut elf.gopclntab), go_text(&elf));
        if go.is_some() {
            elf.debug_frame = Section::default();
        }
        let bases = BaseAddresses::default().set_eh_frame(elf.eh_frame.address);
        let mut module = Self {
            elf,
            vendor: machine.vendor,
            bases,
            searchable: false,
            eh_index: Vec::new(),
            debug_index: Vec::new(),
            go,
        };
        module.searchable = search_table(&module.elf.eh_frame_hdr).is_some();
        if !module.searchable {
            module.eh_index = index(&module.eh_frame(), &module.bases);
        }
        module.debug_index = index(&module.debug_frame(), &module.bases);
        Some(module)
    }

    pub fn address_of(&self, file_offset: u64) -> Option<u64> {
        self.elf.address_of(file_offset)
    }

    pub fn heap_bytes(&self) -> usize {
        let functions = self.eh_index.capacity() + self.debug_index.capacity();
        let go = self.go.as_ref().map_or(0, GoTable::heap_bytes);
        self.elf.heap_bytes() + functions * size_of::<Function>() + go
    }

    /// @param address as the linker gave it
    pub fn row(&self, context: &mut Context, machine: &Machine, address: u64) -> Option<Row> {
        if let Some(row) = self.go.as_ref().and_then(|go| go.row(machine, address)) {
            return Some(row);
        }
        let eh_frame = self.eh_frame();
        let offset = match self.searchable {
            true => self.search(address),
            false => find(&self.eh_index, address),
        };
        if let Some(offset) = offset {
            let row = row_at(&eh_frame, &self.bases, context, offset, address, Table::EhFrame);
            if row.is_some() {
                return row;
            }
        }
        let offset = find(&self.debug_index, address)?;
        row_at(
            &self.debug_frame(),
            &self.bases,
            context,
            offset,
            address,
            Table::DebugFrame,
        )
    }

    pub fn expression(&self, expression: &Expression) -> Option<gimli::Expression<Bytes<'_>>> {
        let section = self.section(expression.table);
        let end = expression.offset.checked_add(expression.length)?;
        let bytes = section.bytes.get(expression.offset..end)?;
        Some(gimli::Expression(EndianSlice::new(bytes, NativeEndian)))
    }

    fn section(&self, table: Table) -> &Section {
        match table {
            Table::EhFrame => &self.elf.eh_frame,
            Table::DebugFrame => &self.elf.debug_frame,
        }
    }

    fn eh_frame(&self) -> gimli::EhFrame<Bytes<'_>> {
        let mut section = gimli::EhFrame::new(&self.elf.eh_frame.bytes, NativeEndian);
        section.set_address_size(8);
        section.set_vendor(self.vendor);
        section
    }

    fn debug_frame(&self) -> gimli::DebugFrame<Bytes<'_>> {
        let mut section = gimli::DebugFrame::new(&self.elf.debug_frame.bytes, NativeEndian);
        section.set_address_size(8);
        section.set_vendor(self.vendor);
        section
    }

    /// Where in .eh_frame the entry is of the function that begins at or before an address.
    fn search(&self, address: u64) -> Option<usize> {
        let header = &self.elf.eh_frame_hdr;
        let rows = search_table(header)?;
        let from_header = |row: usize, at: usize| {
            let bytes = rows.get(row * ROW_BYTES + at..row * ROW_BYTES + at + 4)?;
            let offset = i32::from_ne_bytes(bytes.try_into().ok()?);
            Some(header.address.wrapping_add_signed(offset.into()))
        };
        let (mut from, mut to) = (0, rows.len() / ROW_BYTES);
        while from < to {
            let middle = from + (to - from) / 2;
            match from_header(middle, 0)? <= address {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        let entry = from_header(from.checked_sub(1)?, 4)?;
        usize::try_from(entry.wrapping_sub(self.elf.eh_frame.address)).ok()
    }
}

/// The rows of .eh_frame_hdr as every linker writes them: pairs of 32 bits, a function and its entry, relative to the
/// section. Nothing where it is of another kind; gimli's own search trusts the number of rows.
fn search_table(header: &Section) -> Option<&[u8]> {
    let &[version, pointer, count, table] = header.bytes.first_chunk()?;
    let relative_to = |base: gimli::DwEhPe| base.0 | gimli::DW_EH_PE_sdata4.0;
    let usual = [
        relative_to(gimli::DW_EH_PE_pcrel),
        gimli::DW_EH_PE_udata4.0,
        relative_to(gimli::DW_EH_PE_datarel),
    ];
    if version != 1 || [pointer, count, table] != usual {
        return None;
    }
    let rows = u32::from_ne_bytes(header.bytes.get(8..12)?.try_into().ok()?) as usize;
    header.bytes.get(12..12 + rows.checked_mul(ROW_BYTES)?)
}

/// C code comes before Go's where another linker than Go's made the file, which then has .eh_frame.
fn go_text(elf: &Elf) -> Option<u64> {
    elf.text.filter(|_| elf.eh_frame.bytes.is_empty())
}

fn find(index: &[Function], address: u64) -> Option<usize> {
    let after = index.partition_point(|function| function.start <= address);
    let function = index.get(after.checked_sub(1)?)?;
    (address < function.end).then_some(function.offset)
}

fn index<'a, S>(section: &S, bases: &BaseAddresses) -> Vec<Function>
where
    S: UnwindSection<Bytes<'a>>,
    S::Offset: gimli::UnwindOffset<usize>,
{
    let mut functions = Vec::new();
    let mut headers = HashMap::new();
    let mut entries = section.entries(bases);
    while let Ok(Some(entry)) = entries.next() {
        let gimli::CieOrFde::Fde(partial) = entry else {
            continue;
        };
        let parsed = partial.parse(|section, bases, offset| {
            let key = gimli::UnwindOffset::into(offset);
            if let Some(header) = headers.get(&key) {
                return Ok(gimli::CommonInformationEntry::clone(header));
            }
            let header = section.cie_from_offset(bases, offset)?;
            headers.insert(key, header.clone());
            Ok(header)
        });
        // An entry that cannot be read costs its function only: its length is known.
        if let Ok(entry) = parsed {
            let (start, end) = (entry.initial_address(), entry.end_address());
            // A linker that drops a function leaves its entry behind, at 0.
            if start != 0 && start < end {
                functions.push(Function {
                    start,
                    end,
                    offset: entry.offset(),
                });
            }
        }
        if functions.len() >= MAX_FUNCTIONS {
            break;
        }
    }
    functions.sort_unstable_by_key(|function| function.start);
    functions.shrink_to_fit();
    functions
}

fn row_at<'a, S>(
    section: &S,
    bases: &BaseAddresses,
    context: &mut Context,
    offset: usize,
    address: u64,
    table: Table,
) -> Option<Row>
where
    S: UnwindSection<Bytes<'a>>,
    S::Offset: gimli::UnwindOffset<usize>,
{
    let entry = section
        .fde_from_offset(bases, S::Offset::from(offset), S::cie_from_offset)
        .ok()?;
    if !entry.contains(address) || entry.entry_len() > MAX_ENTRY_BYTES {
        return None;
    }
    let encoding = entry.cie().encoding();
    let row = entry.unwind_info_for_address(section, bases, context, address).ok()?;
    let expression = |found: &gimli::UnwindExpression<usize>| Expression {
        table,
        offset: found.offset,
        length: found.length,
        encoding,
    };
    let cfa = match row.cfa() {
        gimli::CfaRule::RegisterAndOffset { register, offset } => Cfa::Register(number(*register), *offset),
        gimli::CfaRule::Expression(found) => Cfa::Expression(expression(found)),
    };
    let places = row.registers().map(|(register, rule)| {
        let place = match rule {
            gimli::RegisterRule::SameValue => Place::Same,
            gimli::RegisterRule::Offset(offset) => Place::At(*offset),
            gimli::RegisterRule::ValOffset(offset) => Place::Value(*offset),
            gimli::RegisterRule::Register(other) => Place::Register(number(*other)),
            gimli::RegisterRule::Expression(found) => Place::AtExpression(expression(found)),
            gimli::RegisterRule::ValExpression(found) => Place::ValueOfExpression(expression(found)),
            _ => Place::Undefined,
        };
        (number(*register), place)
    });
    Some(Row {
        cfa,
        places: places.collect(),
        return_address: number(entry.cie().return_address_register()),
        signal: entry.is_signal_trampoline(),
    })
}

/// Registers of a higher number are vectors, which no caller is found by.
fn number(register: gimli::Register) -> u8 {
    u8::try_from(register.0).unwrap_or(u8::MAX)
}
